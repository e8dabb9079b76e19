import type { LogQueries } from "./log-queries.ts";
import type { LogValue } from "./log-query.ts";
import { kqlString, kqlTime } from "./views/kql-text.ts";

/** Addresses of one host that are asked about. */
const addressCountMax = 64;
/** No flow log has longer intervals. */
const intervalMsMax = 3_600_000;

/** What a host sent and received in some time, by its flows. */
export interface HostSums {
  /** Milliseconds since 1970: the intervals that had flows, which may reach over the time asked for. */
  readonly startMs: number;
  readonly endMs: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly packetsOut: number;
  readonly packetsIn: number;
  readonly flows: number;
  readonly denied: number;
}

export interface HostSumsRequest {
  readonly addresses: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  /** Intervals that end later are left out: they have what the question is compared with. */
  readonly overMs?: number;
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
}

/** Adds up the flows of a host, each once however many flow logs have it; null when there are none. */
export async function hostSums(
  queries: Pick<LogQueries, "run">,
  { addresses, startMs, endMs, overMs, timeoutSeconds, signal }: HostSumsRequest,
): Promise<HostSums | null> {
  if (addresses.length === 0) return null;
  const when = overlapping({ startMs, endMs, overMs });
  const text = sumsKql(addresses.slice(0, addressCountMax), when);
  const { rows } = await queries.run({ text, timeoutSeconds, ...(signal && { signal }) });
  const [row] = rows;
  if (!row || numberOf(row[0]) === 0) return null;
  const [, bytesOut, bytesIn, packetsOut, packetsIn, flows, denied] = row.map(numberOf);
  return {
    startMs: timeOf(row[7]) ?? startMs,
    endMs: timeOf(row[8]) ?? endMs,
    bytesOut: bytesOut ?? 0,
    bytesIn: bytesIn ?? 0,
    packetsOut: packetsOut ?? 0,
    packetsIn: packetsIn ?? 0,
    flows: flows ?? 0,
    denied: denied ?? 0,
  };
}

/** Records of intervals with a part of a time in them. */
export const overlapping = ({
  startMs,
  endMs,
  overMs,
}: {
  startMs: number;
  endMs: number;
  overMs?: number | undefined;
}): string =>
  [
    `FlowIntervalStartTime > ${kqlTime(startMs - intervalMsMax)}`,
    `FlowIntervalEndTime > ${kqlTime(startMs)} and FlowIntervalStartTime < ${kqlTime(endMs)}`,
    ...(overMs === undefined ? [] : [`FlowIntervalEndTime <= ${kqlTime(overMs)}`]),
  ].join(" and ");

function sumsKql(addresses: readonly string[], when: string): string {
  const list = addresses.map(kqlString).join(", ");
  return `NTANetAnalyticsDeduplicated
| where ${when}
| where SrcIp in (${list}) or DestIp in (${list})
| extend IsSource = SrcIp in (${list})
| summarize Rows = count(),
    BytesOut = sum(iff(IsSource, BytesSrcToDest, BytesDestToSrc)),
    BytesIn = sum(iff(IsSource, BytesDestToSrc, BytesSrcToDest)),
    PacketsOut = sum(iff(IsSource, PacketsSrcToDest, PacketsDestToSrc)),
    PacketsIn = sum(iff(IsSource, PacketsDestToSrc, PacketsSrcToDest)),
    Flows = sum(AllowedInFlows + AllowedOutFlows),
    Denied = sum(DeniedInFlows + DeniedOutFlows),
    Start = min(FlowIntervalStartTime), End = max(FlowIntervalEndTime)`;
}

const numberOf = (value: LogValue | undefined): number =>
  typeof value === "number" || typeof value === "bigint" ? Number(value) : 0;

function timeOf(value: LogValue | undefined): number | null {
  const time = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? null : time;
}
