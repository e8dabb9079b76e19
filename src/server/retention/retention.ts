import { join } from "node:path";
import { describeError } from "../../common/errors.ts";
import { type Closable, Lifecycle, startLoop } from "../../common/lifecycle.ts";
import type { Audit } from "../../provider/kernel/audit.ts";
import type { ApiRoute } from "../openapi/route.ts";
import type { ServerContext } from "../context.ts";
import type { EvidenceLog } from "../evidence/evidence.ts";
import type { EmbeddedStorage } from "../storage.ts";
import { createStoreCount, placeInUrl } from "./count.ts";
import type { RetentionGuard } from "./guard.ts";
import { createHolds } from "./holds.ts";
import { holdRoutes } from "./holds-api.ts";
import { createPressure } from "./pressure.ts";
import type { RemovalOptions } from "./removals.ts";
import { addRetentionMetrics } from "./retention-metrics.ts";
import { sweep } from "./sweep.ts";
import { describeUsage, type UsageView, usageRoute } from "./usage.ts";

/** Between two rounds that uploads ask for; the next comes by itself. */
const pressurePauseMilliseconds = 1_000;

export interface RetentionParts {
  guard: RetentionGuard;
  storage: Pick<EmbeddedStorage, "store" | "addressOf">;
  evidenceLog: Pick<EvidenceLog, "records">;
  audit: Pick<Audit, "record">;
  /** Whether a client makes captures for alerts. */
  isAlertClient: (clientId: string) => boolean;
  addressOf: (request: Request) => string | null;
}

/** What is kept of captures and for how long: holds, classes, usage, and the loop that deletes. */
export interface Retention extends Closable {
  routes: readonly ApiRoute[];
  /** What the store has, and how much room is left. */
  usage(): Promise<UsageView>;
}

type Context = Pick<ServerContext, "settings" | "state" | "metrics" | "clock" | "log">;

/** Counts what is there before anything is let in, so that a quota holds from the first upload on. */
export async function openRetention(context: Context, parts: RetentionParts): Promise<Retention> {
  const { guard, storage, audit, isAlertClient } = parts;
  const { state, clock, log } = context;
  const { directory, retention: settings } = context.settings;
  const { store } = storage;
  const life = new Lifecycle();
  const directoryOf = (sessionId: string): string => join(directory, "reports", sessionId);
  const record: RemovalOptions["record"] = (facts) => parts.evidenceLog.records.record(facts);
  const shared = { state, store, guard, directoryOf, clock };
  const placeOf = (path: string) => storage.addressOf(path) ?? placeInUrl(path);
  const count = createStoreCount({ ...shared, isAlertClient, placeOf, settings, directory });
  const counters = addRetentionMetrics(context.metrics, guard);
  const removing: RemovalOptions = {
    ...shared,
    audit,
    record,
    log,
    onRemoved: (capture, { why, sizeBytes }) => counters.removed(capture.class, why, sizeBytes),
  };
  await count.recount();
  const loop = life.add(
    startLoop({
      intervalMilliseconds: settings.intervalSeconds * 1_000,
      async work(signal) {
        if ((await sweep(await count.look(), removing, signal)) > 0) await count.recount();
      },
      onError: (error) =>
        log.error({ reason: describeError(error) }, "what is too old is not looked for"),
    }),
  );
  const pressure = life.add(createPressure(() => loop.wake(), pressurePauseMilliseconds));
  guard.recount = () => count.recountIfOld();
  guard.onPressure = ({ kind, refused }) => {
    if (refused) counters.refused(kind);
    if (kind !== "flowLogs") pressure.press();
  };
  const holds = createHolds({ state, store, guard, record, clock });
  const onChanged = async (): Promise<void> => {
    await count.recount();
    loop.wake();
  };
  const usage = async (): Promise<UsageView> => describeUsage(await count.look(), settings);
  return {
    usage,
    routes: [
      usageRoute(usage),
      ...holdRoutes({ state, guard, holds, addressOf: parts.addressOf, onChanged }),
    ],
    close: () => life.close(),
  };
}
