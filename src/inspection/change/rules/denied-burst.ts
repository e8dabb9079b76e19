import { plural } from "../../summary/units.ts";
import type { Candidate, Scene } from "../scene.ts";
import { sum } from "../flow-changes.ts";
import { deniedCountMin, deniedFactorMin, scanTargetCountMin } from "../thresholds.ts";

/** Attempts that were refused, or dropped without a word, and are made again and again. */
export function deniedBurst({ tallies, spans }: Scene): Candidate | null {
  const { deniedBefore, deniedAfter, deniedPorts } = tallies;
  const before = spans.before > 0 ? deniedBefore / spans.before : 0;
  if (deniedAfter < deniedCountMin || deniedAfter / spans.after < deniedFactorMin * before)
    return null;
  const scanned =
    deniedPorts.size >= scanTargetCountMin
      ? ` They went to ${plural(deniedPorts.size, "port")} of this host, as a scan of it does.`
      : "";
  return {
    kind: "deniedBurst",
    confidence: {
      level: "likely",
      reason: "the attempts were answered by a reset or an error, or by nothing at all",
    },
    matches: (flow) => (flow.before[sum.denied] ?? 0) + (flow.after[sum.denied] ?? 0) > 0,
    title: `a burst of refused attempts, ${plural(deniedAfter, "connection")}`,
    says: `This is a burst of refused attempts: ${plural(deniedAfter, "connection")} that were reset or never answered, as a firewall or a closed port does (${plural(deniedBefore, "such attempt")} before).${scanned}`,
    facts: { denied: deniedAfter, deniedBefore, ports: deniedPorts.size },
    displayFilter: "tcp.flags.syn == 1 and tcp.flags.ack == 0",
  };
}
