import type { HttpCall } from "../http-call.ts";
import type { NotificationMessage } from "../message.ts";
import { plainText, render, restNote } from "../render.ts";
import type { TargetOf } from "../target-settings.ts";
import { cutText } from "../text.ts";

const messageLengthMax = 8_000;
const titleLengthMax = 250;
/** By severity; above 7 a phone makes itself heard (gotify.net/docs/pushmsg). */
const priorities = [10, 8, 6, 4, 2] as const;
const closedPriority = 2;

/** `POST /message` with an application's token (gotify.net/api-docs); text is plain (gotify.net/docs/msgextras). */
export function gotifyCall(settings: TargetOf<"gotify">, message: NotificationMessage): HttpCall {
  const rendered = render(settings, message);
  const [link] = rendered.links;
  const text = plainText(rendered);
  return {
    url: new URL("message", `${settings.url.replace(/\/+$/, "")}/`).href,
    headers: { "x-gotify-key": settings.secret },
    body: JSON.stringify({
      title: cutText(rendered.subject, { lengthMax: titleLengthMax }),
      message: cutText(text, { lengthMax: messageLengthMax, rest: restNote(rendered) }),
      priority: message.kind === "closed" ? closedPriority : (priorities[message.severity] ?? 4),
      extras: {
        "client::display": { contentType: "text/plain" },
        ...(link && { "client::notification": { click: { url: link.url } } }),
      },
    }),
  };
}
