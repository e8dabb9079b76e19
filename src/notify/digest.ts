import { createHash } from "node:crypto";
import { boundMessage, hostOf, messageIdOf, type NotificationMessage } from "./message.ts";

const lineCountMax = 50;

/** The last message of each incident, in the order in which these began. */
export function lastOfEach(messages: readonly NotificationMessage[]): NotificationMessage[] {
  const last = new Map<string, NotificationMessage>();
  for (const message of messages) {
    const known = last.get(message.incidentId);
    if (!known || known.revision <= message.revision) last.set(message.incidentId, message);
  }
  return [...last.values()];
}

/** One message for several incidents that were held back; the same ones make the same message. */
export function composeDigest(messages: readonly NotificationMessage[]): NotificationMessage {
  const last = lastOfEach(messages);
  const ids = messages.map(messageIdOf).toSorted();
  const hash = createHash("sha256").update(ids.join("\n")).digest("hex").slice(0, 16);
  const hosts = [...new Set(last.map(hostOf).filter((host) => host !== ""))];
  const shown = last.slice(0, lineCountMax).map(lineOf);
  const more = last.length - shown.length;
  return boundMessage({
    incidentId: `digest-${hash}`,
    revision: 1,
    kind: "updated",
    severity: Math.min(...last.map(({ severity }) => severity)),
    title: `${last.length} incidents on ${hosts.length} host${hosts.length === 1 ? "" : "s"}`,
    text: [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("\n"),
    facts: hosts.length === 0 ? [] : [{ name: "hosts", value: hosts.join(", ") }],
    links: last.flatMap(({ title, links: [link] }) =>
      link ? [{ name: title, url: link.url }] : [],
    ),
    json: {
      incidents: last.map(({ incidentId, revision, kind }) => ({ incidentId, revision, kind })),
    },
  });
}

function lineOf({ title, text, kind }: NotificationMessage): string {
  const [answer = ""] = text.split("\n", 1);
  return `- ${title} (${kind})${answer === "" ? "" : `: ${answer}`}`;
}
