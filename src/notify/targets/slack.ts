import type { HttpCall } from "../http-call.ts";
import type { NotificationMessage } from "../message.ts";
import { plainText, render, type Rendered, restNote } from "../render.ts";
import type { TargetOf } from "../target-settings.ts";
import { cutText } from "../text.ts";

/** docs.slack.dev/reference/block-kit/blocks: of a section's text, and of a header's. */
const sectionLengthMax = 3_000;
const headerLengthMax = 150;

/**
 * A message of blocks for an incoming webhook (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). Such
 * a webhook cannot change what it posted, so that updates are messages of their own.
 */
export function slackCall(settings: TargetOf<"slack">, message: NotificationMessage): HttpCall {
  const rendered = render(settings, message);
  const header = {
    type: "plain_text",
    text: cutText(rendered.subject, { lengthMax: headerLengthMax }),
  };
  return {
    url: settings.url,
    body: JSON.stringify({
      text: escapeSlack(rendered.subject),
      unfurl_links: false,
      unfurl_media: false,
      blocks: [
        ...(rendered.subject === "" ? [] : [{ type: "header", text: header }]),
        ...sections(rendered).map((text) => ({
          type: "section",
          // verbatim: names of people and channels in the text call nobody.
          text: { type: "mrkdwn", text, verbatim: true },
        })),
      ],
    }),
  };
}

function sections(rendered: Rendered): string[] {
  const links = rendered.links.map(({ name, url }) => `<${escapeSlack(url)}|${escapeSlack(name)}>`);
  const text = cutEscaped(plainText(rendered), restNote(rendered));
  return [text, cutLines(links)].filter((each) => each.trim() !== "");
}

/** Escaping makes a text longer, so the text is made shorter until it fits. */
function cutEscaped(text: string, rest: string): string {
  let lengthMax = sectionLengthMax;
  let escaped = escapeSlack(cutText(text, { lengthMax, rest }));
  while (escaped.length > sectionLengthMax) {
    lengthMax -= Math.max(1, Math.ceil((escaped.length - sectionLengthMax) / 5));
    escaped = escapeSlack(cutText(text, { lengthMax, rest }));
  }
  return escaped;
}

/** Whole lines, as many as fit. */
function cutLines(lines: readonly string[]): string {
  let text = "";
  for (const line of lines) {
    if (text.length + line.length + 1 > sectionLengthMax) break;
    text += `${line}\n`;
  }
  return text.trimEnd();
}

/** The three characters that Slack reads as the begin of something (docs.slack.dev/messaging/formatting-message-text). */
export const escapeSlack = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
