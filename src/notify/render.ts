import type { NotificationMessage } from "./message.ts";
import type { TargetSettings } from "./target-settings.ts";
import { fillTemplate } from "./template.ts";
import { cleanLine, cleanText } from "./text.ts";

const subjectLengthMax = 500;
const textLengthMax = 32_000;

/** A message in a target's words: plain text, which each target escapes in its own way. */
export interface Rendered {
  subject: string;
  text: string;
  /** None where the target has a text of its own: it names those that it wants. */
  facts: NotificationMessage["facts"];
  links: NotificationMessage["links"];
}

export function render(
  { subject, text }: Pick<TargetSettings, "subject" | "text">,
  message: NotificationMessage,
): Rendered {
  return {
    subject: cleanLine(
      subject === null ? message.title : fillTemplate(subject, message),
      subjectLengthMax,
    ),
    text: cleanText(text === null ? message.text : fillTemplate(text, message), textLengthMax),
    facts: text === null ? message.facts : [],
    links: message.links,
  };
}

/** Where the rest of a text is that was cut. */
export const restNote = ({ links: [link] }: Rendered): string =>
  link ? `…\nthe rest: ${link.url}` : "…";

/** Text and facts as lines, for targets that know nothing else. */
export function plainText({ text, facts }: Rendered): string {
  const lines = facts.map(({ name, value }) => `${name}: ${value}`);
  return lines.length === 0 ? text : `${text}\n\n${lines.join("\n")}`;
}
