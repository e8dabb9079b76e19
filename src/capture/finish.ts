import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { NightcapError } from "../common/errors.ts";
import { syncDirectory } from "../common/files.ts";
import { mergeCaptures, type MergeResult } from "../inspection/merge-captures.ts";
import { privateCapture } from "../inspection/tools/privacy/private-capture.ts";
import type { Part } from "./parts.ts";
import { readPart } from "./read-parts.ts";
import type { CaptureOrigin } from "./session.ts";
import type { SessionPrivacy } from "./session-privacy.ts";
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
  /** What stays of the packets; null: all. */
  privacy: SessionPrivacy | null;
  /** So many bytes are in `partialPath` and stay as they are. */
  onWritten?: (sizeBytes: number) => void;
  signal: AbortSignal;
}

export interface FinishedFile {
  packets: number;
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
  stoppedBySize: boolean;
  /** What a policy was applied to; null: none was. */
  before: PacketsBefore | null;
}

export type PacketsBefore = Omit<CaptureOrigin, "version" | "keyId">;

interface Written extends MergeResult {
  before?: PacketsBefore;
}

/** Where the file is until it is whole. */
export const partialPath = (filePath: string): string => `${filePath}.partial`;

/**
 * Merges the parts by time into one pcapng file, cut to the session's limits; torn ends are left out.
 * The file is flushed and appears under its name whole or not at all. May be done again.
 */
export async function finishFile(options: FinishOptions): Promise<FinishedFile> {
  const partial = partialPath(options.filePath);
  const hash = createHash("sha256");
  const output = await openWriteBehind(partial, fileMode);
  let result: Written;
  try {
    const { privacy } = options;
    const merge = privacy ? privateMerge(options, privacy) : merged(options);
    for (let sizeBytes = 0; ;) {
      options.signal.throwIfAborted();
      const next = await merge.next();
      if (next.done === true) {
        result = next.value;
        break;
      }
      // The chunk before is on its way to the disk meanwhile.
      hash.update(next.value);
      const { length } = next.value;
      await output.write(next.value);
      options.onWritten?.(sizeBytes);
      sizeBytes += length;
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
  const { packets, sizeBytes, stoppedBySize, before = null } = result;
  return { packets, sizeBytes, stoppedBySize, before, sha256: hash.digest("hex") };
}

function merged(options: FinishOptions): AsyncGenerator<Uint8Array, MergeResult> {
  const inputs = options.parts.map(({ path }) => readPart(path));
  return mergeCaptures(inputs, {
    untilNanoseconds: BigInt(Math.ceil(options.endedAt)) * 1_000_000n,
    ...(options.sizeBytesMax > 0 ? { sizeBytesMax: options.sizeBytesMax } : {}),
    comments: options.comments,
    packetsDropped: options.packetsDropped,
    countedInputCount: options.countedPartCount ?? 0,
  });
}

/** Room that the file's own words on its policy may take. */
const privacyTextSizeMax = 256;

/** The parts merged, and of each packet what the policy leaves. */
async function* privateMerge(
  options: FinishOptions,
  { policy, key }: SessionPrivacy,
): AsyncGenerator<Uint8Array, Written> {
  const { comments, sizeBytesMax } = options;
  const room = Math.max(sizeBytesMax - privacyTextSizeMax, Math.min(sizeBytesMax, 1));
  const merge = merged({ ...options, sizeBytesMax: room });
  let end: MergeResult | null = null;
  async function* source(): AsyncGenerator<Uint8Array, void> {
    end = yield* merge;
  }
  const cut = { format: "pcapng", policy, key, comments } as const;
  const result = yield* privateCapture(source(), cut);
  const { packets, sizeBytes, problem, bytesBefore, packetsEmptied } = result;
  const whole = end as MergeResult | null;
  const before = { packets, packetBytes: bytesBefore, packetsEmptied };
  if (!problem && whole) return { ...whole, packets, sizeBytes, before };
  throw new NightcapError("CaptureFileFailed", `the policy was not applied: ${problem?.reason}`);
}

/** SHA-256 of a file, lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: readChunkBytes })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
