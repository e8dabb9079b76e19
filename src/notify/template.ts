import { NightcapError } from "../common/errors.ts";
import {
  capturedOf,
  coverageOf,
  hostOf,
  metricOf,
  type NotificationMessage,
  rulesOf,
} from "./message.ts";

const factLines = ({ facts }: NotificationMessage): string =>
  facts.map(({ name, value }) => `${name}: ${value}`).join("\n");
const linkLines = ({ links }: NotificationMessage): string =>
  links.map(({ name, url }) => `${name}: ${url}`).join("\n");

/** What a template may name between braces. */
const placeholders: Readonly<Record<string, (message: NotificationMessage) => string>> = {
  title: ({ title }) => title,
  text: ({ text }) => text,
  answer: ({ text }) => text.split("\n", 1)[0] ?? "",
  severity: ({ severity }) => String(severity),
  kind: ({ kind }) => kind,
  incident: ({ incidentId }) => incidentId,
  revision: ({ revision }) => String(revision),
  host: hostOf,
  rules: (message) => rulesOf(message).join(", "),
  metric: metricOf,
  captured: capturedOf,
  coverage: coverageOf,
  facts: factLines,
  links: linkLines,
  link: ({ links }) => links[0]?.url ?? "",
};
export const placeholderNames: readonly string[] = Object.keys(placeholders);

/** `{{` and `}}` are braces; `{name}` is a placeholder. */
const pattern = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** Throws `SettingsInvalid` for a placeholder that there is not, and for a brace that is alone. */
export function checkTemplate(template: string): void {
  for (const [found, name] of template.matchAll(pattern)) {
    if (found === "{{" || found === "}}") continue;
    if (name !== undefined && Object.hasOwn(placeholders, name)) continue;
    const allowed = placeholderNames.map((each) => `{${each}}`).join(", ");
    const what =
      name === undefined
        ? `"${found}" is alone; a brace is written twice`
        : `unknown placeholder "{${name.slice(0, 40)}}"`;
    throw new NightcapError("SettingsInvalid", `${what}; allowed are ${allowed}`);
  }
}

/** The template with the message's words; values are put in as they are, and never read as templates. */
export function fillTemplate(template: string, message: NotificationMessage): string {
  return template.replaceAll(pattern, (found, name?: string) => {
    if (found === "{{") return "{";
    if (found === "}}") return "}";
    return name === undefined ? found : (placeholders[name]?.(message) ?? found);
  });
}
