import { isoTime } from "../../common/clock.ts";
import type { RingEvent } from "./event-ring.ts";

/** How long a browser waits before it connects again. */
const retryMilliseconds = 2_000;

/** One event as it is sent (HTML, "Server-sent events"). JSON has no line end, so each is one line. */
export function eventText({ id, subject, at }: RingEvent): string {
  const { kind, ...data } = subject;
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ ...data, at: isoTime(at) })}\n\n`;
}

/** What was missed is not known any more: whoever reads this asks for everything again. */
export const resetText = (newestId: number, now: number): string =>
  `id: ${newestId}\nevent: reset\ndata: ${JSON.stringify({ at: isoTime(now) })}\n\n`;

/** The first words: an id without data is no event, but the reader keeps it and resumes from there. */
export const beginText = (newestId: number): string =>
  `retry: ${retryMilliseconds}\nid: ${newestId}\n\n`;

/** A comment, which keeps the connection from being taken for dead. */
export const stillHereText = ": still here\n\n";
