import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";
import type { ProcessMetrics } from "../../common/metrics.ts";
import { closingBlock, openingBlock } from "../../flowlog/blob-blocks.ts";
import { flowLogBlobPath, flowLogContainers, flowLogPathName } from "../../flowlog/blob-path.ts";
import type { State } from "../../state/state.ts";
import type { EmbeddedStorage } from "../storage.ts";
import { makeContainer } from "../try-account.ts";
import { flowLogFacts } from "./flow-log-facts.ts";
import { type JournalRecord, readEntry } from "./journal-entry.ts";
import type { JournalBatch, JournalConsumer } from "./journal/consumer.ts";
import type { Progress } from "./progress.ts";

/** Journal that becomes blocks at one time; more becomes further blocks of the same minute. */
const batchSizeBytesMax = 16 << 20;
/** Blobs that are written at one time. */
const writerCount = 4;
const hourMilliseconds = 3_600_000;
const comma = Buffer.from(",");

export interface BlobWriterOptions {
  state: State;
  consumer: JournalConsumer;
  storage: Pick<EmbeddedStorage, "makeUploadUrl" | "accountAt">;
  /** Of the embedded store. */
  certificateAuthorityPem: string;
  intervalSeconds: number;
  progress: Progress;
  metrics: ProcessMetrics;
  onDone(): Promise<void>;
  clock: Clock;
  log: Log;
}

/** The records of one interface in one hour. */
interface BlobPart {
  readonly flowLogId: string;
  readonly macAddress: string;
  readonly hour: number;
  readonly records: Uint8Array[];
}

/**
 * Writes records as Azure does: a block blob for each interface and hour, and once a minute a block before
 * its last one. The block's name is made from its place in the journal, so that a block is written once,
 * however often it is tried.
 */
export function startBlobWriter(options: BlobWriterOptions): Closable {
  const { consumer, progress, clock, log } = options;
  const counter = options.metrics.counter(
    "nightcap_flows_blob_records_total",
    "Records of flow logs for blobs, by what became of them",
    ["outcome"],
  );
  const containers = new Set<string>();
  const writeBatch = async (batch: JournalBatch, signal: AbortSignal): Promise<void> => {
    const parts = partsOf(batch);
    const failures: unknown[] = [];
    const writeNext = async (): Promise<void> => {
      for (let part = parts.shift(); part; part = parts.shift()) {
        const { flowLogId, records } = part;
        try {
          const outcome = await writePart(options, {
            part,
            containers,
            token: batch.token,
            signal,
          });
          counter.add(records.length, { outcome });
          if (outcome !== "unwanted") progress.wrote("blobs", [flowLogId], clock.now());
        } catch (error) {
          signal.throwIfAborted();
          progress.failed("blobs", flowLogId, `blobs are not written: ${describeError(error)}`);
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: writerCount }, writeNext));
    if (failures.length > 0) throw failures[0];
  };
  return startLoop({
    intervalMilliseconds: options.intervalSeconds * 1_000,
    async work(signal) {
      for (;;) {
        const batch = signal.aborted ? null : await consumer.next(batchSizeBytesMax);
        if (!batch) return;
        await writeBatch(batch, signal);
        await consumer.done(batch);
        await options.onDone();
      }
    },
    onError: (error) =>
      log.warn({ reason: describeError(error) }, "blobs of flow logs are not written"),
  });
}

function partsOf({ entries }: JournalBatch): BlobPart[] {
  const parts = new Map<string, BlobPart>();
  for (const { bytes } of entries) {
    for (const record of readEntry(bytes).records) {
      const { flowLogId, macAddress } = record;
      const hour = Math.floor(record.time / hourMilliseconds) * hourMilliseconds;
      const key = `${flowLogId} ${macAddress} ${hour}`;
      const part = parts.get(key) ?? { flowLogId, macAddress, hour, records: [] };
      part.records.push(record.bytes);
      parts.set(key, part);
    }
  }
  return [...parts.values()];
}

async function writePart(
  options: BlobWriterOptions,
  work: { part: BlobPart; containers: Set<string>; token: string; signal: AbortSignal },
): Promise<"written" | "known" | "unwanted"> {
  const { storage, certificateAuthorityPem, log } = options;
  const { flowLogId, macAddress, hour, records } = work.part;
  const name = flowLogPathName(flowLogId);
  const facts = await flowLogFacts(options.state, flowLogId);
  // A flow log that was deleted meanwhile has no account to write to.
  if (!facts || name === null) return "unwanted";
  const account = facts.blobEndpoint === null ? null : storage.accountAt(facts.blobEndpoint);
  if (!account) throw new Error("its storage account is not registered here now");
  const trust = account.isEmbedded ? { certificateAuthorityPem } : {};
  const container = flowLogContainers.vnet;
  if (!work.containers.has(account.blobEndpoint)) {
    const now = options.clock.now();
    const failure = await makeContainer(account, { container, now, ...trust });
    if (failure !== null) throw new Error(`container ${container} cannot be made: ${failure}`);
    work.containers.add(account.blobEndpoint);
  }
  const path = flowLogBlobPath({ kind: "vnet", log: name, hourMilliseconds: hour, macAddress });
  const encoded = path.split("/").map(encodePathSegment).join("/");
  // Azure's SDK is loaded with the first record: a control plane without flow logs stays small.
  const { insertBlock } = await import("../../storage/transfer/insert-block.ts");
  return insertBlock({
    url: storage.makeUploadUrl(`${account.blobEndpoint}${container}/${encoded}`),
    ...trust,
    opening: openingBlock,
    closing: closingBlock,
    name: work.token,
    content: (isFirst) => entryBytes(records, isFirst),
    signal: work.signal,
    log,
  });
}

/** As `entryBlock` of the layout, from bytes. */
function entryBytes(records: readonly JournalRecord["bytes"][], isFirst: boolean): Uint8Array {
  const parts = records.flatMap((record, index) =>
    index === 0 && isFirst ? [record] : [comma, record],
  );
  return Buffer.concat(parts);
}

/** The layout's "=" stays as Azure writes it. */
const encodePathSegment = (text: string): string => encodeURIComponent(text).replaceAll("%3D", "=");
