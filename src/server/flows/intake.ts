import { z } from "zod";
import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import type { ProcessMetrics } from "../../common/metrics.ts";
import { flowLogHosts } from "../../provider/network/flow-log-reconciler.ts";
import type { State } from "../../state/state.ts";
import type { FlowBatchMessage, FlowsAnswer, FlowsMessage } from "../../uplink/flow-messages.ts";
import type { HostMarks } from "./host-marks.ts";
import { writeEntry } from "./journal-entry.ts";
import { type Journal, JournalFull } from "./journal/journal.ts";

/** How long a host waits before it sends again what there was no room for. */
const retryMilliseconds = 5_000;
/** A record's hour must be one that a host may have been away since; clocks differ a little. */
const pastMilliseconds = 31 * 86_400_000;
const futureMilliseconds = 3_600_000;

/** What is looked at of a record; the rest is for its readers. */
const record = z.looseObject({
  time: z.iso.datetime(),
  flowLogVersion: z.literal(4),
  macAddress: z.string().regex(/^(?:[0-9A-Fa-f]{2}[:-]?){5}[0-9A-Fa-f]{2}$/),
  category: z.literal("FlowLogFlowEvent"),
  flowLogResourceID: z.string(),
  flowRecords: z.looseObject({ flows: z.array(z.unknown()) }),
});

export interface Intake {
  /** Takes a host's batches; the answer says how far they are on disk. Never throws. */
  take(hostId: string, message: FlowsMessage): Promise<FlowsAnswer>;
}

/** The door of flows: each record must be of a flow log that this host was asked for. */
export function createIntake(options: {
  state: State;
  journal: Journal;
  marks: HostMarks;
  metrics: ProcessMetrics;
  /** There is something new in the journal. */
  onAppended(): void;
  clock: Clock;
  log: Log;
}): Intake {
  const { state, journal, marks, clock, log } = options;
  const counter = options.metrics.counter(
    "nightcap_flows_records_total",
    "Records of flow logs that hosts sent, by what became of them",
    ["outcome"],
  );
  const keep = async (hostId: string, stream: string, batch: FlowBatchMessage): Promise<void> => {
    const { sequence, records } = batch;
    if (!marks.isNew(hostId, stream, sequence)) {
      counter.add(records.length, { outcome: "known" });
      return;
    }
    const ids = await flowLogIds(state, hostId);
    const checked = records.flatMap((text) => checkRecord(text, ids, clock.now()) ?? []);
    const refused = records.length - checked.length;
    if (refused > 0) {
      counter.add(refused, { outcome: "refused" });
      log.warn({ hostId, refused }, "flow records were refused: not of a flow log of this host");
    }
    if (checked.length > 0) {
      const entry = { hostId, stream, sequence, receivedAt: clock.now(), records: checked };
      await journal.append(writeEntry(entry));
      counter.add(checked.length, { outcome: "taken" });
      options.onAppended();
    }
    marks.take(hostId, stream, sequence);
  };
  return {
    async take(hostId, { stream, batches }) {
      try {
        for (const batch of batches) await keep(hostId, stream, batch);
        return answerOf(stream, batches.at(-1)?.sequence ?? null);
      } catch (error) {
        const isFull = error instanceof JournalFull;
        log[isFull ? "warn" : "error"]({ hostId, reason: describeError(error) }, "flows wait");
        // Only numbers that are in this message: an older one would say that later ones are taken.
        const highest = marks.highest(hostId, stream);
        const taken = batches.findLast(({ sequence }) => sequence <= (highest ?? 0));
        return answerOf(stream, taken?.sequence ?? null);
      }
    },
  };
}

const answerOf = (stream: string, sequence: number | null): FlowsAnswer => ({
  type: "flowsTaken",
  stream,
  sequence,
  retryAfterMilliseconds: sequence === null ? retryMilliseconds : 0,
});

/** Ids of the host's flow logs by how records write them. */
async function flowLogIds(state: State, hostId: string): Promise<Map<string, string>> {
  const host = await flowLogHosts(state).get(hostId);
  // Also those that the host had until now: what it recorded of them may be on its way.
  const known = [...(host?.body.observed?.flowLogs ?? []), ...(host?.body.wanted.flowLogs ?? [])];
  return new Map(known.map(({ id }) => [id.toUpperCase(), id]));
}

function checkRecord(text: string, ids: ReadonlyMap<string, string>, now: number) {
  const parsed = record.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const { data } = parsed;
  const flowLogId = ids.get(data.flowLogResourceID.toUpperCase());
  const time = Date.parse(data.time);
  const isNear = time > now - pastMilliseconds && time < now + futureMilliseconds;
  if (flowLogId === undefined || !isNear) return null;
  const macAddress = data.macAddress.replaceAll(/[:-]/g, "").toUpperCase();
  return { flowLogId, macAddress, time, text };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
