import { NightcapError } from "../../common/errors.ts";
import { openControlPlaneClient } from "../control-plane-client.ts";
import { readCredentials } from "../credentials.ts";
import { type Usage, usageAnswer, usagePath } from "../retention/usage.ts";
import type { Check, Subject } from "./checks.ts";
import { attempt, degraded, ok } from "./tools.ts";

const subject: Subject = {
  name: "retention",
  essential: false,
  why: "a capture that has no place stays on its host, and is not inspected",
  remedy:
    '"nightcap storage usage" says what takes the place: raise a quota, clear a hold that is over, or set days (docs/reference/retention.md)',
};

/** Whether the control plane of this state takes uploads, when it runs. */
export function checkRetention(state: string): Promise<Check> {
  return attempt(subject, async () => {
    try {
      const client = await openControlPlaneClient(await readCredentials(state));
      return judgeUsage(usageAnswer.parse(await client.request("GET", usagePath)));
    } catch (error) {
      if (error instanceof NightcapError) return ok(subject, "no control plane runs here now");
      throw error;
    }
  });
}

export function judgeUsage({ classes, total, refused, unfinished }: Usage): Check {
  if (refused.length > 0) return degraded(subject, `uploads are refused: ${refused.join(" ")}`);
  if (unfinished > 0) {
    return degraded(subject, `${unfinished} captures are half deleted, and are tried again`);
  }
  const isLimited = total.quotaBytes !== null || classes.some(({ quotaBytes }) => quotaBytes);
  const limits = isLimited ? "within its quotas" : "no quota is set";
  return ok(subject, `${total.sizeBytes} bytes are stored; ${limits}`);
}
