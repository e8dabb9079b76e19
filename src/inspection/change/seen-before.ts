import { plural } from "../summary/units.ts";
import type { SeenBefore } from "./change-answer.ts";
import type { PeerHistory } from "./change-options.ts";

const hourMilliseconds = 3_600_000;
/** A host that the tables know for less has no usual peers yet. */
const knownMillisecondsMin = 24 * hourMilliseconds;

/** What the flow tables say of one address; null where they were not asked about it, or not answered. */
export function seenBefore(history: PeerHistory | undefined, address: string): SeenBefore | null {
  if (!history?.asked.has(address)) return null;
  return { since: history.since, lastSeen: history.lastSeen.get(address) ?? null };
}

/** True when the tables know the host for long enough, and the address was not among its peers. */
export const isNewPeer = (seen: SeenBefore | null, moment: number): boolean =>
  seen !== null && seen.lastSeen === null && moment - seen.since >= knownMillisecondsMin;

/** `not seen on this host in the last 7 days`, `last seen on this host 5 hours before`; null where it says nothing. */
export function seenText(seen: SeenBefore | null, moment: number): string | null {
  if (!seen) return null;
  const { lastSeen, since } = seen;
  if (lastSeen === null)
    return isNewPeer(seen, moment)
      ? `not seen on this host in the last ${longText(moment - since)}`
      : null;
  const ago = moment - lastSeen;
  return ago < hourMilliseconds
    ? "seen on this host in the hour before"
    : `last seen on this host ${longText(ago)} before`;
}

function longText(milliseconds: number): string {
  const hours = Math.round(milliseconds / hourMilliseconds);
  return hours < 48 ? plural(hours, "hour") : plural(Math.round(hours / 24), "day");
}
