import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import type { FlowStoreSettings } from "../../flowstore/settings.ts";
import type { BaselineWhen } from "../../inspection/change/change-answer.ts";
import type { Baseline } from "../../inspection/change/change-options.ts";
import { hostDestinations, hostHistory } from "../../logs/host-destinations.ts";
import { hostSums, type HostSums } from "../../logs/host-sums.ts";
import type { LogQueries } from "../../logs/log-queries.ts";

const hourMilliseconds = 3_600_000;
const distances: readonly (readonly [BaselineWhen, number])[] = [
  ["hourEarlier", hourMilliseconds],
  ["dayEarlier", 24 * hourMilliseconds],
  ["weekEarlier", 7 * 24 * hourMilliseconds],
];
/** Flows are known by intervals of up to an hour, so no shorter time is compared. */
const widthMilliseconds = hourMilliseconds;
/** The report does not wait longer for all of them. */
const querySecondsUsual = 5;

/** How far back is asked for peers. */
const historyMilliseconds = 7 * 24 * hourMilliseconds;

/** As it is sent between threads. */
export interface KnownPeers {
  since: number;
  lastSeen: readonly (readonly [string, number])[];
}

export interface BaselineOptions {
  queries: Pick<LogQueries, "run">;
  store: FlowStoreSettings;
  log: Log;
  /** How long all questions of one kind may take; 5 unless told. */
  querySeconds?: number;
}

/** What the same host did earlier, by the flow tables; nothing where there are none, or they take too long. */
export async function readBaselines(
  { queries, store, log, querySeconds = querySecondsUsual }: BaselineOptions,
  host: { addresses: readonly string[]; moment: number },
  outside: AbortSignal,
): Promise<Baseline[]> {
  if (host.addresses.length === 0 || !hasTables(store)) return [];
  const signal = AbortSignal.any([outside, AbortSignal.timeout(querySeconds * 1_000)]);
  try {
    const found: Baseline[] = [];
    for (const [when, distance] of distances) {
      const startMs = host.moment - distance - widthMilliseconds / 2;
      const endMs = startMs + widthMilliseconds;
      const { addresses, moment: overMs } = host;
      const asked = { addresses, startMs, endMs, overMs, timeoutSeconds: querySeconds };
      const sums = await hostSums(queries, { ...asked, signal });
      if (!sums) continue;
      const destinations = await hostDestinations(queries, { ...asked, signal });
      found.push({ ...baselineOf(when, sums), destinations });
    }
    return found;
  } catch (error) {
    log.warn({ reason: describeError(error) }, "a report does without the flows of earlier");
    return [];
  }
}

/** When the same host talked to some addresses before a moment, as far back as a week; null where nothing says. */
export async function readHistory(
  { queries, store, log, querySeconds = querySecondsUsual }: BaselineOptions,
  host: { addresses: readonly string[]; until: number; asked: readonly string[] },
  outside: AbortSignal,
): Promise<KnownPeers | null> {
  const { addresses, until, asked: peers } = host;
  if (addresses.length === 0 || !hasTables(store)) return null;
  const signal = AbortSignal.any([outside, AbortSignal.timeout(querySeconds * 1_000)]);
  const startMs = until - historyMilliseconds;
  const asked = { addresses, peers, startMs, endMs: until, timeoutSeconds: querySeconds, signal };
  try {
    const history = await hostHistory(queries, asked);
    return history && { since: history.since, lastSeen: [...history.lastSeen] };
  } catch (error) {
    log.warn({ reason: describeError(error) }, "a report does without the peers of earlier");
    return null;
  }
}

/** The engine is not started to find that it has nothing. */
function hasTables(store: FlowStoreSettings): boolean {
  return store.url !== undefined || existsSync(join(store.directory ?? "", "metadata"));
}

const baselineOf = (when: BaselineWhen, sums: HostSums): Baseline => ({
  when,
  from: sums.startMs,
  to: sums.endMs,
  totals: {
    bytesOut: sums.bytesOut,
    bytesIn: sums.bytesIn,
    packetsOut: sums.packetsOut,
    packetsIn: sums.packetsIn,
    connections: sums.flows,
    denied: sums.denied,
    retransmissions: null,
    latency: null,
  },
  destinations: [],
});
