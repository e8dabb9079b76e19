import type { HostRow } from "../../api/hosts.ts";

/** What is wrong with a host, the worst first; null: nothing. */
export const hostTroubles = [
  "away",
  "ringFailed",
  "interface",
  "tooOld",
  "notTold",
  "waiting",
  "ringOff",
] as const;
export type HostTrouble = (typeof hostTroubles)[number];

export function troubleOf({ state, isTooOld, ring }: HostRow): HostTrouble | null {
  if (state === "away") return "away";
  if (state === "waiting") return "waiting";
  if (isTooOld) return "tooOld";
  if (ring === null) return "notTold";
  if (!ring.on) return ring.off?.code === "turnedOff" ? "ringOff" : "ringFailed";
  return (ring.troubleCount ?? 0) > 0 ? "interface" : null;
}

/** Seconds that the ring reaches back; 0 where there is none or it is not known. */
export const reachOf = ({ ring }: Pick<HostRow, "ring">): number => ring?.reachSeconds ?? 0;

export const longestReach = (hosts: readonly HostRow[]): number =>
  hosts.reduce((most, host) => Math.max(most, reachOf(host)), 0);

/** What needs somebody first; among equals who could answer the least, by the shortest ring. */
export const worstFirst = (hosts: readonly HostRow[]): HostRow[] =>
  hosts.toSorted(
    (a, b) =>
      rankOf(a) - rankOf(b) || reachOf(a) - reachOf(b) || a.name.localeCompare(b.name, "en"),
  );

export function rankOf(host: HostRow): number {
  const trouble = troubleOf(host);
  return trouble === null ? hostTroubles.length : hostTroubles.indexOf(trouble);
}

/** Hosts that have all of the words somewhere in what the list shows. */
export function hostsWith(hosts: readonly HostRow[], text: string): readonly HostRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return hosts;
  return hosts.filter((host) => {
    const { name, hostName, operatingSystem, agentVersion, interfaces, addresses } = host;
    const shown = [name, hostName, operatingSystem, agentVersion, ...interfaces, ...addresses];
    const all = shown.join(" ").toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
