import { jsonResponse, requestUrl } from "../../common/http.ts";
import type { Asking } from "../blocks/blocks-api.ts";
import type { Encryption } from "./encryption.ts";

const path = "/nightcap/v1/encryption";

/** `GET /nightcap/v1/encryption`, `POST .../seal` and `.../rotateKey`; null for other paths. */
export function createEncryptionApi(
  encryption: Encryption,
): (request: Request, asking: Asking) => Promise<Response | null> {
  return async (request, asking) => {
    const route = `${request.method} ${requestUrl(request).pathname}`;
    if (route === `GET ${path}`) return jsonResponse(200, encryption.view());
    if (route === `POST ${path}/seal`) {
      asking.note("what is in plain text is to be encrypted");
      await encryption.seal();
      return jsonResponse(202, encryption.view());
    }
    if (route !== `POST ${path}/rotateKey`) return null;
    const before = encryption.view().keyId;
    await encryption.rotateKey();
    const view = encryption.view();
    asking.note(`the store's key ${before} is replaced by ${view.keyId}`);
    return jsonResponse(202, view);
  };
}
