import type { HttpCall } from "../http-call.ts";
import { hostOf, type NotificationMessage, rulesOf } from "../message.ts";
import { render } from "../render.ts";
import type { TargetOf } from "../target-settings.ts";
import { cutText } from "../text.ts";

/** github.com/PagerDuty/developer-docs, events-API-v2/02-Trigger-Events.md. */
const summaryLengthMax = 1_024;
const dedupKeyLengthMax = 255;
const detailLengthMax = 10_000;
const ruleLengthMax = 250;
const severities = ["critical", "error", "warning", "info", "info"] as const;

/**
 * An event of version 2 of the API. All of an incident have one `dedup_key`, so that PagerDuty has one incident too: it
 * is triggered, further triggers are added to it, and the end of the incident resolves it.
 */
export function pagerDutyCall(
  settings: TargetOf<"pagerDuty">,
  message: NotificationMessage,
): HttpCall {
  const { subject, text, facts, links } = render(settings, message);
  const [answer = ""] = text.split("\n", 1);
  const summary = answer === "" ? subject : `${subject}: ${answer}`;
  const action = actionOf(settings, message);
  const event = {
    payload: {
      summary: cutText(summary, { lengthMax: summaryLengthMax }),
      source: hostOf(message) || "nightcap",
      severity: severities[message.severity] ?? "info",
      class: cutText(rulesOf(message).join(", "), { lengthMax: ruleLengthMax }),
      custom_details: {
        ...Object.fromEntries(facts.map(({ name, value }) => [name, value])),
        text: cutText(text, { lengthMax: detailLengthMax }),
      },
    },
    links: links.map(({ name, url }) => ({ href: url, text: name })),
    client: "Nightcap",
    ...(links[0] && { client_url: links[0].url }),
  };
  return {
    url: settings.url,
    body: JSON.stringify({
      routing_key: settings.secret,
      event_action: action,
      dedup_key: message.incidentId.slice(0, dedupKeyLengthMax),
      ...(action === "trigger" ? event : {}),
    }),
  };
}

function actionOf({ acknowledgeAnswered }: TargetOf<"pagerDuty">, { kind }: NotificationMessage) {
  if (kind === "closed") return "resolve";
  return kind === "answered" && acknowledgeAnswered ? "acknowledge" : "trigger";
}
