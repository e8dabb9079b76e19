import { open } from "node:fs/promises";
import { connectBlob, describeBlobFailure } from "./blob-client.ts";
import {
  blockId,
  defaultBlockSizeBytes,
  defaultConcurrency,
  readFully,
  stageBlock,
} from "./file-blocks.ts";
import { createLanes } from "./lanes.ts";
import type { UploadOptions } from "./upload.ts";

/** One try of one block; whoever waits for the end of it waits no longer. */
const tryTimeoutMilliseconds = 30_000;

/** Sends a file's blocks while the file is still being written. */
export interface StageAhead {
  /** So many bytes are in the file and stay as they are. */
  written(sizeBytes: number): void;
  /** Sends no more, waits for what is under way, and gives the ids of the first blocks, without a gap. */
  close(): Promise<readonly string[]>;
}

/**
 * A head start, and nothing but: the first failure ends it, for `uploadFile` sends what is missing, with
 * patience. The file's last block is always left to that, and so is the commit.
 */
export function stageAhead(options: UploadOptions): StageAhead {
  const sizeBytes = options.blockSizeBytes ?? defaultBlockSizeBytes;
  const staged = new Map<number, string>();
  let writtenBytes = 0;
  let isEnding = false;
  let changed = Promise.withResolvers<void>();
  const tell = (): void => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  const isWritten = async (endBytes: number): Promise<boolean> => {
    for (;;) {
      if (isEnding) return false;
      if (writtenBytes >= endBytes) return true;
      await changed.promise;
    }
  };
  const sending = send(options, { isWritten, sizeBytes, staged }).catch((error: unknown) => {
    const reason = describeBlobFailure(error);
    if (!isEnding) options.log.info({ reason }, "blocks are sent when the file is whole");
  });
  return {
    written(bytes) {
      writtenBytes = bytes;
      tell();
    },
    async close() {
      isEnding = true;
      tell();
      await sending;
      const ids: string[] = [];
      for (let id = staged.get(0); id !== undefined; id = staged.get(ids.length)) ids.push(id);
      return ids;
    },
  };
}

interface Ahead {
  isWritten: (endBytes: number) => Promise<boolean>;
  sizeBytes: number;
  /** Ids by index. */
  staged: Map<number, string>;
}

async function send(
  options: UploadOptions,
  { isWritten, sizeBytes, staged }: Ahead,
): Promise<void> {
  if (!(await isWritten(sizeBytes))) return;
  const client = connectBlob(options);
  const { isCompared = false } = options;
  const lanes = createLanes(options.concurrency ?? defaultConcurrency, sizeBytes, options.signal);
  const file = await open(options.path, "r");
  try {
    for (let index = 0; await isWritten((index + 1) * sizeBytes); index++) {
      const block = await lanes.take();
      await readFully(file, block, index * sizeBytes);
      const id = blockId(index, block);
      lanes.run(block, async (signal) => {
        const limit = AbortSignal.timeout(tryTimeoutMilliseconds);
        const abortSignal = AbortSignal.any([signal, limit]);
        await stageBlock(client, { id, block }, { isCompared, abortSignal });
        staged.set(index, id);
      });
    }
  } finally {
    await lanes.finish();
    await file.close();
  }
  lanes.throwIfFailed();
}
