import { request as httpsRequest } from "node:https";
import type { Installation } from "./installation.ts";

/** Posts an alert at the responder's door, as an action group does; gives the id of its first job. */
export async function callResponder({ client }: Installation, alert: object): Promise<string> {
  const { responderUrl, responderKey } = client.credentials;
  const body = JSON.stringify(alert);
  return new Promise((resolve, reject) => {
    const call = httpsRequest(responderUrl, {
      method: "POST",
      ca: client.certificateAuthorityPem,
      headers: { "content-type": "application/json", "x-functions-key": responderKey },
    });
    call.on("error", reject);
    call.on("response", (answer) => {
      answer.setEncoding("utf8");
      let text = "";
      answer.on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => resolve((JSON.parse(text) as { jobId: string }).jobId));
    });
    call.end(body);
  });
}
