import type { Closable } from "../common/lifecycle.ts";
import type { PieceMemory } from "./piece-memory.ts";

/** One blob or file that may hold flow records. */
export interface SourceBlob {
  /** Below the source, with slashes. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Another one after each change. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface SourceBlock {
  readonly id: string;
  readonly sizeBytes: number;
}

/** A place where flow logs lie. */
export interface FlowSource {
  /** The folder, container or bucket that names of blobs begin in, without secrets; the same tomorrow. */
  readonly title: string;
  /** The blobs that may be flow logs, in the service's order. */
  list(signal: AbortSignal): AsyncIterable<SourceBlob>;
  /**
   * The bytes [start, end); throws `PreconditionFailed` when the blob is another one by now. Pieces may lie in `memory`,
   * to which the reader gives them back.
   */
  read(
    blob: SourceBlob,
    range: { start: number; end: number; memory?: PieceMemory },
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** The committed blocks in order; null where the place knows no blocks. */
  readonly blocks:
    | ((blob: SourceBlob, signal: AbortSignal) => Promise<readonly SourceBlock[]>)
    | null;
  /** Calls back soon after something may have changed; null where only asking again tells. */
  readonly watch: ((onChange: () => void) => Closable) | null;
}

const flowLogNamePattern = /\.json(?:\.gz)?$/i;

/** Flow logs end in `.json`, also compressed; Azure's are all called `PT1H.json`. */
export const isFlowLogName = (name: string): boolean => flowLogNamePattern.test(name);
