import { randomUUID } from "node:crypto";
import { redactSas } from "../access/sas.ts";
import { BlobError } from "../blob-error.ts";
import type { BlobProperties } from "../blob-store.ts";
import { addressOf, type BlobHandler, empty, overwriteCondition } from "./blob-call.ts";
import { checkConditions } from "./blob-conditions.ts";
import { readMetadata, stateHeaders } from "./blob-headers.ts";
import { type BlobRequest, parseBlobRequest } from "./blob-request.ts";

const sourceLengthMax = 2_048;
const conditionNames = ["match", "none-match", "modified-since", "unmodified-since"] as const;

/** Copy Blob and Copy Blob From URL, from the same account: done when the answer comes. */
export const copyHandlers = {
  async CopyBlob(call) {
    const { request, store, grant } = call;
    const source = readSource(request);
    await grant.authorizeSource(source);
    const metadata = readMetadata(request.headers);
    const id = randomUUID();
    const made = await store.copyBlob(addressOf(source), addressOf(request), {
      id,
      source: `${source.url.origin}${source.url.pathname}`,
      ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
      condition: overwriteCondition(call),
      sourceCondition: sourceCondition(request.headers),
    });
    return empty(202, {
      ...stateHeaders(made),
      "x-ms-copy-id": id,
      "x-ms-copy-status": "success",
    });
  },
  async AbortCopyBlob({ request, store }) {
    await store.blob(addressOf(request));
    throw new BlobError("NoPendingCopyOperation");
  },
} satisfies Record<string, BlobHandler>;

function readSource({ headers, url, account }: BlobRequest): BlobRequest {
  const text = headers.get("x-ms-copy-source") ?? "";
  if (text.length > sourceLengthMax || !URL.canParse(text)) {
    throw new BlobError("InvalidHeaderValue", "x-ms-copy-source is not the URL of a blob.");
  }
  const sourceUrl = new URL(text);
  if (sourceUrl.host !== url.host || !sourceUrl.pathname.startsWith(`/${account}/`)) {
    throw new BlobError(
      "NotImplemented",
      `CopyBlob from ${redactSas(sourceUrl.origin + sourceUrl.pathname)}: a source in this account expected.`,
    );
  }
  const source = parseBlobRequest(new Request(sourceUrl));
  if (source.blob === "") throw new BlobError("CannotVerifyCopySource", "It names no blob.");
  const parameter = ["snapshot", "versionid"].find((name) => source.query.has(name));
  if (parameter) throw new BlobError("NotImplemented", `CopyBlob from a ${parameter}.`);
  return source;
}

/** `x-ms-source-if-*`, which say of the source what the plain ones say of the target. */
function sourceCondition(headers: Headers): (source: BlobProperties | null) => void {
  const asked = new Headers();
  for (const name of conditionNames) {
    const value = headers.get(`x-ms-source-if-${name}`);
    if (value !== null) asked.set(`if-${name}`, value);
  }
  return (source) => {
    try {
      checkConditions(asked, source, "write");
    } catch (cause) {
      throw new BlobError("SourceConditionNotMet", null, { cause });
    }
  };
}
