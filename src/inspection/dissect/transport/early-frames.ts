import type { Hierarchy } from "../../analysis/hierarchy.ts";
import type { Frame } from "../frame.ts";

/** Streams whose first frames are kept at a time, and frames of each; the oldest streams give way. */
const streamCountMax = 4_096;
const frameCountMax = 16;

/** A frame that showed nothing: what it was counted as, and its bytes on the wire. */
interface EarlyFrame {
  path: readonly string[];
  bytes: number;
}

/**
 * The first frames of streams that showed no protocol yet. tshark looks twice: of some protocols a stream
 * is, from its first frame on, once a later one shows it.
 */
export class EarlyFrames {
  readonly #kept = new Map<number, EarlyFrame[]>();
  /** Most frames have the path of the one before, which they then share. */
  #path: readonly string[] = [];

  /** Keeps the frame, which has been dissected down to its data. */
  note({ path, depth, wireLength }: Frame, stream: number): void {
    const frames = this.#kept.get(stream) ?? this.#begin(stream);
    if (frames.length >= frameCountMax) return;
    if (!isPath(this.#path, path, depth)) this.#path = path.slice(0, depth);
    frames.push({ path: this.#path, bytes: wireLength });
  }

  /** The stream is of a protocol: its first frames are counted as that instead of data. */
  claim(hierarchy: Hierarchy, stream: number, protocol: string): void {
    for (const { path, bytes } of this.#kept.get(stream) ?? [])
      hierarchy.move(path, [...path.slice(0, -1), protocol], bytes);
    this.#kept.delete(stream);
  }

  #begin(stream: number): EarlyFrame[] {
    if (this.#kept.size >= streamCountMax)
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    const frames: EarlyFrame[] = [];
    this.#kept.set(stream, frames);
    return frames;
  }
}

function isPath(kept: readonly string[], path: readonly string[], depth: number): boolean {
  if (kept.length !== depth) return false;
  for (let level = 0; level < depth; level++) if (kept[level] !== path[level]) return false;
  return true;
}
