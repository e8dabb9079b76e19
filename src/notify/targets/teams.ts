import type { HttpCall } from "../http-call.ts";
import type { NotificationMessage } from "../message.ts";
import { render, type Rendered, restNote } from "../render.ts";
import type { TargetOf } from "../target-settings.ts";
import { cutText } from "../text.ts";

/** learn.microsoft.com/connectors/teams: about 28 KB for a message with all that is in it. */
const messageSizeBytesMax = 28_000;
const textLengthMax = 20_000;
const subjectLengthMax = 300;
const factCountMax = 15;
const actionCountMax = 6;

/**
 * An adaptive card for the Workflows trigger "When a Teams webhook request is received"
 * (learn.microsoft.com/connectors/teams, adaptivecards.io/explorer). All text is in `TextRun`s, which know no markdown:
 * a name from a packet can be neither link nor mention.
 */
export function teamsCall(settings: TargetOf<"teams">, message: NotificationMessage): HttpCall {
  const rendered = render(settings, message);
  let body = "";
  for (let lengthMax = textLengthMax; lengthMax >= 500; lengthMax = Math.floor(lengthMax * 0.7)) {
    body = JSON.stringify(cardMessage(rendered, lengthMax));
    if (Buffer.byteLength(body) <= messageSizeBytesMax) break;
  }
  return { url: settings.url, body };
}

function cardMessage(rendered: Rendered, lengthMax: number): object {
  const { subject, text, facts, links } = rendered;
  const shown = cutText(text, { lengthMax, rest: restNote(rendered) });
  const valueLengthMax = Math.ceil(lengthMax / 20);
  const lines = facts.slice(0, factCountMax).map(({ name, value }) => [
    { type: "TextRun", text: `${cutText(name, { lengthMax: 100 })}: `, weight: "Bolder" },
    { type: "TextRun", text: cutText(value, { lengthMax: valueLengthMax }) },
  ]);
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    msteams: { width: "Full" },
    body: [
      richText([
        {
          type: "TextRun",
          text: cutText(subject, { lengthMax: subjectLengthMax }),
          weight: "Bolder",
          size: "Large",
        },
      ]),
      ...shown
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => richText([{ type: "TextRun", text: line }])),
      ...lines.map(richText),
    ],
    actions: links.slice(0, actionCountMax).map(({ name, url }) => ({
      type: "Action.OpenUrl",
      title: cutText(name, { lengthMax: 80 }),
      url,
    })),
  };
  const attachment = {
    contentType: "application/vnd.microsoft.card.adaptive",
    contentUrl: null,
    content,
  };
  return { type: "message", attachments: [attachment] };
}

const richText = (inlines: readonly object[]): object => ({ type: "RichTextBlock", inlines });
