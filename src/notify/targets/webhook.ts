import { createHmac } from "node:crypto";
import { isoTime } from "../../common/clock.ts";
import type { HttpCall } from "../http-call.ts";
import { messageIdOf, type NotificationMessage } from "../message.ts";
import { render } from "../render.ts";
import type { TargetOf } from "../target-settings.ts";

/**
 * The message as JSON, with the headers and the signature of Standard Webhooks 1.0.0: the id is the same for every try,
 * the time stamp is this try's (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md).
 */
export function webhookCall(
  settings: TargetOf<"webhook">,
  message: NotificationMessage,
  now: number,
): HttpCall {
  const { subject, text } = render(settings, message);
  const id = messageIdOf(message);
  const timestamp = String(Math.floor(now / 1_000));
  const body = JSON.stringify({
    type: `nightcap.incident.${message.kind}`,
    timestamp: isoTime(now),
    data: { ...message, subject, text },
  });
  return {
    url: settings.url,
    body,
    headers: {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      ...(settings.secret !== null && {
        "webhook-signature": signWebhook(settings.secret, `${id}.${timestamp}.${body}`),
      }),
    },
  };
}

/** `whsec_` and base64 is a key in bytes, any other secret is its own. */
export function signWebhook(secret: string, content: string): string {
  const key = secret.startsWith("whsec_")
    ? Buffer.from(secret.slice("whsec_".length), "base64")
    : Buffer.from(secret);
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
}
