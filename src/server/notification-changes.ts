import { RequestContentError } from "../arm/error-envelope.ts";
import { type TargetSettings, targetSettings } from "../notify/target-settings.ts";
import { parseContent } from "../provider/kernel/request-body.ts";

/**
 * A target as a request has it; of one that there is already, with what the request does not name. Its secret is kept
 * only for the place that it was given for: who may write targets but does not know it could have it sent elsewhere.
 */
export function readTarget(
  name: string,
  asked: Readonly<Record<string, unknown>>,
  before: TargetSettings | null,
): TargetSettings {
  if (before) checkKind(asked["kind"], before);
  const target = parseContent(targetSettings, { ...before, ...asked, name });
  if (before && asked["secret"] === undefined) checkSecret(before, target);
  return target;
}

function checkKind(kind: unknown, before: TargetSettings): void {
  if (kind === undefined || kind === before.kind) return;
  throw refusal("kind", `it is of kind ${before.kind}: remove it to make one of another kind`);
}

function checkSecret(before: TargetSettings, after: TargetSettings): void {
  const hasSecret = "secret" in before && before.secret !== null;
  if (!hasSecret || placeOf(before) === placeOf(after)) return;
  throw refusal("secret", `it was given for ${placeOf(before)}: give that of the new place`);
}

/** What a secret is sent to; the rest of an address may be secret as well. */
function placeOf(target: TargetSettings): string {
  if (target.kind === "email") return `${target.host}:${target.port} (${target.security})`;
  return "url" in target ? new URL(target.url).origin : "";
}

function refusal(target: string, text: string): RequestContentError {
  const message = `${target}: ${text}`;
  return new RequestContentError(message, [{ code: "InvalidParameter", target, message }]);
}
