import * as e from "./expressions.ts";
import { netAnalytics } from "./net-analytics.ts";
import { azureTables } from "./tables.ts";
import { type SelectedColumn, selectList } from "./view.ts";

/** Only a record with both addresses can be one of two; the other side of a blank one has no logged interface. */
const hasBothAddresses = "f.source != toIPv6('::') AND f.destination != toIPv6('::')";

/** Networks with the same addresses are told apart where both sides are known. */
const networks = `if(${e.area("source", "virtualNetwork")} = '' OR ${e.area("destination", "virtualNetwork")} = '', '',
  concat(${e.area("source", "virtualNetwork")}, ' ', ${e.area("destination", "virtualNetwork")}))`;

/** How much more the source's side has than the destination's. */
const lead = (amount: string): string =>
  `sum(if(f.direction = 1, 1, -1) * toInt64(${amount})) OVER pair`;

/**
 * Records of which no flow counts twice. A flow between two logged interfaces is recorded Outbound at its source and
 * Inbound at its destination; of the two sides only the larger is kept: by bytes, then packets, then flows, and the
 * source's where all are equal. What was allowed and what was denied are apart, as each is a rule's own decision.
 */
export function deduplicatedSelect(from: string, columns?: readonly SelectedColumn[]): string {
  const list = selectList(azureTables.deduplicated, netAnalytics, columns);
  return `SELECT ${list}
  FROM ${from} WHERE NOT (${hasBothAddresses})
  UNION ALL SELECT ${list}
  FROM (
    SELECT f.*, (${lead("f.bytesToDestination + f.bytesToSource")},
      ${lead("f.packetsToDestination + f.packetsToSource")}, ${lead(e.flowCount)}) AS lead
    FROM ${from} WHERE ${hasBothAddresses}
    WINDOW pair AS (PARTITION BY f.start, f.intervalMinutes, f.isDenied, f.protocol, f.destinationPort,
      f.source, f.destination, ${networks})
  ) AS f
  WHERE (f.lead >= (0, 0, 0)) = (f.direction = 1)`;
}
