import { overlapping } from "./host-sums.ts";
import type { LogQueries } from "./log-queries.ts";
import type { LogValue } from "./log-query.ts";
import { kqlString, kqlTime } from "./views/kql-text.ts";

/** Addresses of one host that are asked about, and those that it is asked to have talked to. */
const addressCountMax = 64;
const peerCountMax = 64;
/** Destinations that are told of one time. */
const destinationCountMax = 10;
/** No flow log has longer intervals. */
const intervalMsMax = 3_600_000;

export interface HostDestination {
  readonly address: string;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

export interface HostDestinationsRequest {
  /** The host's own. */
  readonly addresses: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  /** Intervals that end later are left out: they have what the question is compared with. */
  readonly overMs?: number;
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
}

/** With whom a host exchanged most bytes in some time, most first; with an interval's precision. */
export async function hostDestinations(
  queries: Pick<LogQueries, "run">,
  { addresses, startMs, endMs, overMs, timeoutSeconds, signal }: HostDestinationsRequest,
): Promise<HostDestination[]> {
  if (addresses.length === 0) return [];
  const when = overlapping({ startMs, endMs, overMs });
  const text = `let own = ${dynamicList(addresses, addressCountMax)};
union (${publicPeers(when)}), (${privatePeers(when)})
| summarize BytesOut = sum(BytesOut), BytesIn = sum(BytesIn) by Peer
| extend Bytes = BytesOut + BytesIn
| top ${destinationCountMax} by Bytes desc`;
  const { rows } = await queries.run({ text, timeoutSeconds, ...(signal && { signal }) });
  return rows.flatMap(([address, bytesOut, bytesIn]) =>
    typeof address === "string"
      ? [{ address, bytesOut: numberOf(bytesOut), bytesIn: numberOf(bytesIn) }]
      : [],
  );
}

/** Since when the tables know a host, and when it last talked to some addresses before. */
export interface HostHistory {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Those of the addresses asked about that it talked to. */
  readonly lastSeen: ReadonlyMap<string, number>;
}

/**
 * When a host last talked to some addresses in a time that is over. Whole intervals are read from the added-up tables, and what
 * came after the last of them from the tuples. Null when the host is not in the tables at all.
 */
export async function hostHistory(
  queries: Pick<LogQueries, "run">,
  {
    addresses,
    startMs,
    endMs,
    peers,
    timeoutSeconds,
    signal,
  }: HostDestinationsRequest & { readonly peers: readonly string[] },
): Promise<HostHistory | null> {
  if (addresses.length === 0 || peers.length === 0) return null;
  const over = `FlowIntervalStartTime >= ${kqlTime(startMs)} and FlowIntervalEndTime <= ${kqlTime(endMs)}`;
  const named = `| extend Named = iff(Peer in (asked), Peer, "")
| summarize First = min(Start), Last = max(Seen) by Named`;
  const text = `let own = ${dynamicList(addresses, addressCountMax)};
let asked = ${dynamicList(peers, peerCountMax)};
union (${publicPeers(over)}
${named}), (${privatePeers(over)}
${named}), (NightcapFlows
| where TimeGenerated >= ${kqlTime(Math.max(startMs, endMs - intervalMsMax))} and TimeGenerated < ${kqlTime(endMs)}
| where SrcIp in (own) or DestIp in (own)
| extend Peer = iff(SrcIp in (own), DestIp, SrcIp), Start = TimeGenerated, Seen = TimeGenerated
${named})
| summarize First = min(First), Last = max(Last) by Named`;
  const { rows } = await queries.run({ text, timeoutSeconds, ...(signal && { signal }) });
  const since = Math.min(...rows.map(([, first]) => timeOf(first) ?? Infinity));
  if (!Number.isFinite(since)) return null;
  const lastSeen = rows.flatMap(([name, , last]) => {
    const time = timeOf(last);
    return typeof name === "string" && name !== "" && time !== null ? [[name, time] as const] : [];
  });
  return { since, lastSeen: new Map(lastSeen) };
}

/** Both sides of a record with a public address: Azure's table leaves that address out. */
const publicPeers = (when: string): string => `NightcapPublicFlows
| where ${when}
| where LocalIp in (own)
| extend IsOut = FlowDirection == "Outbound", Peer = Ip, Start = FlowIntervalStartTime, Seen = FlowIntervalEndTime
${bothWays}`;

const privatePeers = (when: string): string => `NTANetAnalyticsDeduplicated
| where ${when}
| where SrcIp in (own) or DestIp in (own)
| extend IsOut = SrcIp in (own), Start = FlowIntervalStartTime, Seen = FlowIntervalEndTime
| extend Peer = iff(IsOut, DestIp, SrcIp)
// A malicious address stands in both tables.
| where Peer != "" and FlowType != "MaliciousFlow"
${bothWays}`;

const bothWays = `| extend BytesOut = iff(IsOut, BytesSrcToDest, BytesDestToSrc), BytesIn = iff(IsOut, BytesDestToSrc, BytesSrcToDest)`;

const dynamicList = (texts: readonly string[], countMax: number): string =>
  `dynamic([${texts.slice(0, countMax).map(kqlString).join(", ")}])`;

const numberOf = (value: LogValue | undefined): number =>
  typeof value === "number" || typeof value === "bigint" ? Number(value) : 0;

function timeOf(value: LogValue | undefined): number | null {
  const time = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? null : time;
}
