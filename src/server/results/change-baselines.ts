import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import type { FlowStoreSettings } from "../../flowstore/settings.ts";
import type { BaselineWhen } from "../../inspection/change/change-answer.ts";
import type { Baseline } from "../../inspection/change/change-options.ts";
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
const querySeconds = 5;

export interface BaselineOptions {
  queries: Pick<LogQueries, "run">;
  store: FlowStoreSettings;
  log: Log;
}

/** What the same host did earlier, by the flow tables; nothing where there are none, or they take too long. */
export async function readBaselines(
  { queries, store, log }: BaselineOptions,
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
      const asked = { addresses: host.addresses, startMs, endMs, timeoutSeconds: querySeconds };
      const sums = await hostSums(queries, { ...asked, signal });
      if (sums) found.push(baselineOf(when, sums));
    }
    return found;
  } catch (error) {
    log.warn({ reason: describeError(error) }, "a report does without the flows of earlier");
    return [];
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
