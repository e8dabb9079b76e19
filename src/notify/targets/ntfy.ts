import { createHash } from "node:crypto";
import type { HttpCall } from "../http-call.ts";
import type { NotificationMessage } from "../message.ts";
import { plainText, render, restNote } from "../render.ts";
import type { TargetOf } from "../target-settings.ts";
import { cutText } from "../text.ts";

/** docs.ntfy.sh/publish/#limitations: a longer message would become a file. */
const messageSizeBytesMax = 4_096;
const titleLengthMax = 250;
/** By severity, critical first; 5 is the highest there (docs.ntfy.sh/publish/#message-priority). */
const priorities = [5, 4, 3, 3, 2] as const;
const closedPriority = 2;

/**
 * A message as JSON (docs.ntfy.sh/publish/#publish-as-json). `sequence_id` is the incident's, so that an update takes
 * the place of the message before it where the client can do that (#updating-notifications).
 */
export function ntfyCall(settings: TargetOf<"ntfy">, message: NotificationMessage): HttpCall {
  const rendered = render(settings, message);
  const rest = restNote(rendered);
  const [link] = rendered.links;
  const text = cutText(plainText(rendered), {
    lengthMax: messageSizeBytesMax,
    unit: "bytes",
    rest,
  });
  return {
    url: settings.url,
    ...(settings.secret !== null && { headers: { authorization: `Bearer ${settings.secret}` } }),
    body: JSON.stringify({
      topic: settings.topic,
      title: cutText(rendered.subject, { lengthMax: titleLengthMax }),
      message: text,
      priority: message.kind === "closed" ? closedPriority : (priorities[message.severity] ?? 3),
      sequence_id: sequenceId(message.incidentId),
      ...(link && { click: link.url }),
    }),
  };
}

/** ntfy takes what may be a topic. */
const sequenceId = (incidentId: string): string =>
  /^[-_A-Za-z0-9]{1,64}$/.test(incidentId)
    ? incidentId
    : createHash("sha256").update(incidentId).digest("hex").slice(0, 32);
