import { formatShare, plural } from "../summary/units.ts";
import type { ChangeCollector } from "./change-collector.ts";
import type { LocalEnds } from "./local-ends.ts";
import type { Owners } from "./owners.ts";

interface Limits {
  collector: ChangeCollector;
  ends: LocalEnds;
  owners: Owners;
  hasBefore: boolean;
  /** Whether flows between other hosts were passed over. */
  hasForeign: boolean;
}

/** What limits an answer, a sentence each without its full stop. */
export function caveatsOf({ collector, ends, owners, hasBefore, hasForeign }: Limits): string[] {
  const { overflow, farPackets, packets } = collector;
  const caveats: (string | null)[] = [
    packets > 0 && !hasBefore
      ? "nothing was recorded from before, so shares are of all traffic and not of an increase"
      : null,
    packets > 0 && ends.addresses.length === 0
      ? "no host stands out in the capture, so out is what clients send"
      : null,
    hasForeign ? "what passes between other hosts is in no part" : null,
    farPackets > 0
      ? `${plural(farPackets, "packet")} lie hours away from the moment and were left out: a clock may have been set`
      : null,
    overflow > 0
      ? `${plural(overflow, "packet")} found no room in the tables and are in no part`
      : null,
    owners.areKnown && owners.unknown > 0
      ? `${plural(owners.unknown, "flow")} (${formatShare(owners.unknown, owners.asked)}) have no known process`
      : null,
    owners.notAsked > 0
      ? `the process of ${plural(owners.notAsked, "flow")} was not looked for`
      : null,
  ];
  return caveats.filter((caveat) => caveat !== null);
}
