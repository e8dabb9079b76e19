import { formatCount, formatShare, plural } from "../../summary/units.ts";
import type { Candidate, Scene } from "../scene.ts";
import type { Door } from "../tallies.ts";
import { floodFactorMin, floodOpenShareMin, floodPerSecondMin } from "../thresholds.ts";

/** Connections to one open port that are begun and never go on. */
export function synFlood({ tallies, spans }: Scene): Candidate | null {
  const isFlooded = (door: Door): boolean => {
    const perSecond = door.begunAfter / spans.after;
    const before = spans.before > 0 ? door.begunBefore / spans.before : 0;
    return (
      door.isOpen &&
      perSecond >= floodPerSecondMin &&
      perSecond >= floodFactorMin * before &&
      door.stuck >= floodOpenShareMin * door.begunAfter
    );
  };
  const [door] = [...tallies.doors.values()]
    .filter(isFlooded)
    .toSorted((one, other) => other.stuck - one.stuck);
  if (!door) return null;
  const stuck = formatShare(door.stuck, door.begunAfter);
  return {
    kind: "synFlood",
    confidence: {
      level: "likely",
      reason: `${stuck} of the connections to an open port were begun and never went on`,
    },
    matches: (flow) =>
      !flow.isOutbound &&
      flow.transport === "tcp" &&
      flow.serverPort === door.port &&
      flow.isBegun &&
      !flow.hasData,
    title: `a SYN flood at port ${door.port} of this host`,
    says: `This is a SYN flood at port ${door.port} of this host: ${plural(door.begunAfter, "connection")} begun from ${plural(door.sources.size, "address", "addresses")} (${formatCount(Math.round(door.begunAfter / spans.after))} a second), and ${stuck} of them never went on.${door.sources.size > 1 ? " Who sends such packets may put any address in them." : ""}`,
    facts: {
      port: door.port,
      begun: door.begunAfter,
      neverWentOn: door.stuck,
      sources: door.sources.size,
    },
    displayFilter: `tcp.dstport == ${door.port} and tcp.flags.syn == 1 and tcp.flags.ack == 0`,
  };
}
