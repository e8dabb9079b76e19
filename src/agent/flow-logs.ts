import { join } from "node:path";
import { describeError } from "../common/errors.ts";
import { readTextIfExists, writeFileAtomic } from "../common/files.ts";
import {
  type FlowLogSpec,
  type FlowLogsState,
  type WantedFlowLogs,
  wantedFlowLogs,
} from "../common/flow-log-spec.ts";
import { type Closable, startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { chooseFlows } from "./flow-choice.ts";
import type { FlowSpool } from "./flow-spool.ts";
import type { MeteredTold, ToldFlows } from "./told-flows.ts";

/** A meter that did not start, or ended, is started again after this time. */
const restartMilliseconds = 15_000;
const errorLengthMax = 2_000;

/** Where flows come from, as it stands now. */
export interface MeterHealth {
  readonly engine: "conntrack" | "packets" | null;
  /** What is missing or wrong, for people; null: nothing. */
  readonly problem: string | null;
  /** Events that were lost since the meter started. */
  readonly lostCount: number;
}

/** A record of a VNet flow log as it was made. */
export interface MeteredRecord {
  readonly flowLogId: string;
  readonly tupleCount: number;
  readonly text: string;
}

/** What measures, once it does. */
export interface RunningMeter extends Closable {
  setFlowLogs(flowLogs: readonly FlowLogSpec[]): void;
  /** Settles when it ends by itself. */
  readonly ended: Promise<unknown>;
}

/** Starts what measures. Rejects when it cannot. */
export type StartMeter = (options: {
  flowLogs: readonly FlowLogSpec[];
  /** Nothing more is given until it resolves. `told` is what of the flows is told once the records are kept. */
  onRecords(records: readonly MeteredRecord[], told?: MeteredTold | null): Promise<void>;
  /** What an earlier meter had told; null: it is not known. */
  told: Uint8Array | null;
  onHealth(health: MeterHealth): void;
  log: Log;
}) => Promise<RunningMeter>;

/**
 * The flow logs of this host: what was asked for is kept on disk and goes on over restarts, with or
 * without the control plane.
 */
export interface FlowLogs extends Closable {
  /** Replaces all that was asked for before. */
  set(wanted: WantedFlowLogs): Promise<void>;
  state(): FlowLogsState;
}

const idle: MeterHealth = { engine: null, problem: null, lostCount: 0 };

interface Counted {
  records: number;
  tuples: number;
  lastRecordAt: number | null;
}

export async function openFlowLogs(options: {
  directory: string;
  spool: FlowSpool;
  told: ToldFlows;
  startMeter: StartMeter;
  /** There are new records in the spool. */
  onRecords(): void;
  /** What `state` says has changed in a way that somebody waits for. */
  onChanged(): void;
  log: Log;
}): Promise<FlowLogs> {
  const { spool, told, log } = options;
  const path = join(options.directory, "flow-logs.json");
  let wanted = await readWanted(path, log);
  let meter: { of: WantedFlowLogs; running: RunningMeter } | null = null;
  let health: MeterHealth = idle;
  let lostBefore = 0;
  const counts = new Map<string, Counted>();

  const append = async (chosen: readonly MeteredRecord[]): Promise<void> => {
    const texts = chosen.map(({ text }) => text);
    try {
      await spool.append(texts, (sequence) => told.commit(sequence));
    } catch (error) {
      // Later changes are none without this one: flows would be told twice.
      await told.forget();
      throw error;
    }
  };
  const takeRecords = async (
    records: readonly MeteredRecord[],
    change: MeteredTold | null = null,
  ): Promise<void> => {
    const chosen = chooseFlows(wanted?.flowLogs ?? [], records);
    for (const { flowLogId, tupleCount } of chosen) count(counts, flowLogId, tupleCount);
    if (change) await told.begin(change);
    if (change || chosen.length > 0) await append(chosen);
    if (chosen.length > 0) options.onRecords();
  };
  const stop = async (): Promise<void> => {
    const ending = meter;
    meter = null;
    if (ending) await ending.running.close();
    lostBefore += health.lostCount;
    health = idle;
  };
  const takeHealth = (next: MeterHealth): void => {
    const changed = next.engine !== health.engine || next.problem !== health.problem;
    health = next;
    if (changed) options.onChanged();
  };
  const start = async (of: WantedFlowLogs): Promise<void> => {
    const running = await options.startMeter({
      flowLogs: of.flowLogs,
      onRecords: takeRecords,
      onHealth: takeHealth,
      told: await told.read(),
      log,
    });
    meter = { of, running };
    // Flows of packets have no counts to go on from.
    if (health.engine === "packets") await told.forget();
    log.info({ flowLogs: of.flowLogs.length }, "flow logs are recorded");
    void watchEnd(running);
  };
  const watchEnd = async (running: RunningMeter): Promise<void> => {
    await running.ended.catch((error: unknown) =>
      log.warn({ reason: describeError(error) }, "the flow meter ended"),
    );
    if (meter?.running !== running) return;
    await stop();
    options.onChanged(); // the loop starts another one, after a while
  };
  const loop = startLoop({
    intervalMilliseconds: restartMilliseconds,
    async work() {
      const next = wanted;
      if (meter?.of === next) return;
      if (meter && next && next.flowLogs.length > 0) {
        meter.running.setFlowLogs(next.flowLogs);
        meter.of = next;
      } else {
        await stop();
        if (next && next.flowLogs.length > 0) await start(next);
        else if (next) await told.forget(); // what begins from now on, nobody wants to know
      }
      options.onChanged();
    },
    onError(error) {
      health = { ...idle, problem: describeError(error) };
      log.warn({ reason: describeError(error) }, "flow logs are not recorded");
      options.onChanged();
    },
  });
  return {
    async set(next) {
      if (next.revision === wanted?.revision) return;
      await writeFileAtomic(path, JSON.stringify(next));
      wanted = next;
      for (const id of counts.keys()) {
        if (!next.flowLogs.some((each) => each.id === id)) counts.delete(id);
      }
      loop.wake();
    },
    state: () => ({
      revision: wanted?.revision ?? null,
      engine: health.engine,
      error: health.problem?.slice(0, errorLengthMax) ?? null,
      lostCount: lostBefore + health.lostCount,
      waitingCount: spool.waitingCount,
      droppedCount: spool.droppedCount + spool.refusedCount,
      flowLogs: (wanted?.flowLogs ?? []).map(({ id }) => {
        const { records = 0, tuples = 0, lastRecordAt = null } = counts.get(id) ?? {};
        return { id, records, tuples, lastRecordAt };
      }),
    }),
    async close() {
      await loop.close();
      await stop();
    },
  };
}

function count(counts: Map<string, Counted>, id: string, tuples: number): void {
  const before = counts.get(id) ?? { records: 0, tuples: 0, lastRecordAt: null };
  counts.set(id, {
    records: before.records + 1,
    tuples: before.tuples + tuples,
    lastRecordAt: Date.now(),
  });
}

/** A damaged file is as none: the control plane says again what it wants when the host connects. */
async function readWanted(path: string, log: Log): Promise<WantedFlowLogs | null> {
  const text = await readTextIfExists(path);
  if (text === null) return null;
  try {
    return wantedFlowLogs.parse(JSON.parse(text));
  } catch (error) {
    log.warn({ path, reason: describeError(error) }, "what was asked for cannot be read");
    return null;
  }
}
