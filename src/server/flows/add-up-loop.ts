import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";
import type { SharedEngine } from "./open-engine.ts";

/** Rows that are to be rolled up later come from imports, which do so themselves unless they are killed. */
const addUpMilliseconds = 3_600_000;

export interface AddUpOptions {
  readonly engine: SharedEngine;
  /** The table's folder; without one there is nothing that an import could have left. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rolls up what a killed import left, at the start and once an hour; answers are the same before and after. */
export function startAddUpLoop({ engine, directory, clock, log }: AddUpOptions): Closable {
  return startLoop({
    intervalMilliseconds: addUpMilliseconds,
    async work(signal) {
      const hasTable = await access(join(directory, "data")).then(
        () => true,
        () => false,
      );
      if (!hasTable) return;
      const { addUpHours } = await import("../../flowstore/later/add-up.ts");
      const { buildRecentSummaries } = await import("../../flowstore/summary/build-summaries.ts");
      const [opened, options] = [await engine.open(), { nowMs: clock.now(), signal }];
      const hours = await addUpHours(opened, options);
      if (hours === 0) return;
      const intervals = await buildRecentSummaries(opened, options);
      log.info({ hours, intervals }, "hours that an import left are rolled up");
    },
    onError: (error) => log.warn({ reason: describeError(error) }, "flows are not rolled up"),
  });
}
