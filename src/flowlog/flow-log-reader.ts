import { BatchFiller } from "./batch-filler.ts";
import type { FlowBatch } from "./flow-batch.ts";
import { FlowLogParser } from "./flow-log-parser.ts";
import type { FlowLogProgress, FlowLogSummary } from "./flow-log-summary.ts";
import { WorkBytes } from "./work-bytes.ts";

/**
 * Takes a batch that is full, or the last one, and returns the batch to fill next: the same one when its rows have been
 * used, or another while they still are. Its rows are those of complete records up to `progress.consumedBytes` (see
 * `openRows` for the exception), and which they are depends on the bytes and the batch's capacity alone, not on chunks.
 */
export type TakeFlowBatch = (batch: FlowBatch, progress: FlowLogProgress) => FlowBatch;

export interface FlowLogReader {
  /** Reads on; false when a failure has ended it, and then whatever comes is passed over. Never throws. */
  write(chunk: Uint8Array): boolean;
  /** Hands out the last rows. Those of a record that is not complete are not among them. */
  end(): FlowLogSummary;
  readonly progress: FlowLogProgress;
}

/**
 * Reads NSG flow logs of version 1 and 2 and VNet flow logs of version 4, one or several after each other, whole, or a
 * part of a blob that begins where an earlier reading ended (`consumedBytes`), or at a block's border. Memory does not
 * grow with the size of what is read.
 */
export function createFlowLogReader(batch: FlowBatch, onFull: TakeFlowBatch): FlowLogReader {
  const work = new WorkBytes();
  const filler = new BatchFiller(batch, (full) => onFull(full, parser.progress()));
  const parser = new FlowLogParser(work, filler);
  return {
    get progress() {
      return parser.progress();
    },
    write(chunk) {
      for (let from = 0; from < chunk.length && !work.failure; parser.run())
        from += work.take(chunk, from);
      return work.failure === null;
    },
    end() {
      filler.end();
      return {
        ...parser.progress(),
        receivedBytes: work.received,
        isComplete: work.failure === null && parser.isClosed,
        malformedTuples: parser.malformed.kept(),
        failure: work.failure,
      };
    },
  };
}
