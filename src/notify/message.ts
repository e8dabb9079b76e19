import { cleanLine, cleanText, safeUrl } from "./text.ts";

export const messageKinds = ["opened", "updated", "answered", "closed"] as const;
export type MessageKind = (typeof messageKinds)[number];

/** What people are told of an incident: one message when it opens, and updates of it. */
export interface NotificationMessage {
  incidentId: string;
  /** From 1 up; the id and this together name a message, so that a receiver can drop doubles. */
  revision: number;
  kind: MessageKind;
  /** Azure's: 0 is critical, 4 is verbose. */
  severity: number;
  title: string;
  /** Its first line is the answer, where there is one. */
  text: string;
  facts: readonly { name: string; value: string }[];
  links: readonly { name: string; url: string }[];
  /** The same for programs. */
  json: object;
}

const titleLengthMax = 500;
const textLengthMax = 32_000;
const factCountMax = 30;
const factLengthMax = 1_000;
const linkCountMax = 10;
const idLengthMax = 128;
const jsonLengthMax = 65_536;

/** The same for all targets and all times: what a receiver drops doubles by. Has no full stop. */
export const messageIdOf = ({ incidentId, revision }: NotificationMessage): string =>
  `${incidentId.replaceAll(/[^\w-]/g, "_")}-${revision}`;

/** The message within its bounds and without control characters: names in it may come from packets. */
export function boundMessage(message: NotificationMessage): NotificationMessage {
  const { incidentId, title, text, facts, links, json, severity } = message;
  return {
    ...message,
    incidentId: cleanLine(incidentId, idLengthMax),
    severity: Math.min(4, Math.max(0, Math.trunc(severity) || 0)),
    title: cleanLine(title, titleLengthMax),
    text: cleanText(text, textLengthMax),
    facts: facts.slice(0, factCountMax).map(({ name, value }) => ({
      name: cleanLine(name, factLengthMax),
      value: cleanLine(value, factLengthMax),
    })),
    links: links.slice(0, linkCountMax).flatMap(({ name, url }) => {
      const safe = safeUrl(url);
      return safe === null ? [] : [{ name: cleanLine(name, factLengthMax), url: safe }];
    }),
    json: JSON.stringify(json).length <= jsonLengthMax ? json : { tooLarge: true },
  };
}

const factOf = ({ facts }: NotificationMessage, names: readonly string[]): string =>
  facts.find(({ name }) => names.includes(name.toLowerCase()))?.value ?? "";

export const hostOf = (message: NotificationMessage): string => factOf(message, ["host"]);
export const metricOf = (message: NotificationMessage): string => factOf(message, ["metric"]);
export const coverageOf = (message: NotificationMessage): string => factOf(message, ["coverage"]);
export const capturedOf = (message: NotificationMessage): string =>
  factOf(message, ["packet capture", "captured"]);

/** Names of the rules whose alerts are in the incident; all of them where the program part lists them. */
export function rulesOf(message: NotificationMessage): string[] {
  const listed: unknown = (message.json as { rules?: unknown }).rules;
  if (Array.isArray(listed)) return listed.filter((each) => typeof each === "string");
  const text = factOf(message, ["rules", "rule"]);
  return text === "" ? [] : text.split(/, */);
}
