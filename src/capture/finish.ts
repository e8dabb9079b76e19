import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { syncDirectory } from "../common/files.ts";
import { mergeCaptures, type MergeResult } from "../inspection/merge-captures.ts";
import type { Part } from "./parts.ts";
import { openWriteBehind } from "./write-behind.ts";

const fileMode = 0o600;
const readChunkBytes = 1 << 20;

export interface FinishOptions {
  parts: readonly Part[];
  filePath: string;
  /** Packets from this moment on are left out, milliseconds since the epoch. */
  endedAt: number;
  /** 0 is no limit. */
  sizeBytesMax: number;
  comments: readonly string[];
  packetsDropped: number;
  /** Parts, the first ones, that say themselves what their recorder lost. */
  countedPartCount?: number;
  signal: AbortSignal;
}

export interface FinishedFile {
  packets: number;
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
  stoppedBySize: boolean;
}

/**
 * Merges the parts by time into one pcapng file, cut to the session's limits; torn ends are left out.
 * The file is flushed and appears under its name whole or not at all. May be done again.
 */
export async function finishFile(options: FinishOptions): Promise<FinishedFile> {
  const partial = `${options.filePath}.partial`;
  const hash = createHash("sha256");
  const output = await openWriteBehind(partial, fileMode);
  let result: MergeResult;
  try {
    const merge = merged(options);
    for (;;) {
      options.signal.throwIfAborted();
      const next = await merge.next();
      if (next.done === true) {
        result = next.value;
        break;
      }
      // The chunk before is on its way to the disk meanwhile.
      hash.update(next.value);
      await output.write(next.value);
    }
    await output.finish();
  } catch (error) {
    await output.close();
    await unlink(partial).catch(() => {});
    throw error;
  }
  await output.close();
  await rename(partial, options.filePath);
  await syncDirectory(dirname(options.filePath));
  const { packets, sizeBytes, stoppedBySize } = result;
  return { packets, sizeBytes, stoppedBySize, sha256: hash.digest("hex") };
}

function merged(options: FinishOptions): AsyncGenerator<Uint8Array, MergeResult> {
  const inputs = options.parts.map(({ path }) =>
    createReadStream(path, { highWaterMark: readChunkBytes }),
  );
  return mergeCaptures(inputs, {
    untilNanoseconds: BigInt(Math.ceil(options.endedAt)) * 1_000_000n,
    ...(options.sizeBytesMax > 0 ? { sizeBytesMax: options.sizeBytesMax } : {}),
    comments: options.comments,
    packetsDropped: options.packetsDropped,
    countedInputCount: options.countedPartCount ?? 0,
  });
}

/** SHA-256 of a file, lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: readChunkBytes })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
