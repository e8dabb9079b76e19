import type { FlowBatch } from "../flowlog/flow-batch.ts";
import type { ChunkBundles } from "./chunk-bundles.ts";
import type { BlobCheckpoint, ChunkLedger } from "./chunk-ledger.ts";
import type { ClaimTurns } from "./claim-turns.ts";
import type { FinishNotes } from "./finish-notes.ts";
import type { FlowSource, SourceBlob } from "./flow-source.ts";
import type { ImportTotals } from "./import-totals.ts";
import type { InsertLane } from "./insert-lane.ts";
import type { ParseAnswer } from "./parse/parse-messages.ts";
import type { WindowParser } from "./parse/window-parser.ts";
import type { PieceMemory } from "./piece-memory.ts";

/** Takes rows: the same token again adds nothing. The batch may be filled again as soon as the promise has been made. */
export type InsertRows = (batch: FlowBatch, token: string, isRolledLater: boolean) => Promise<void>;

export interface ImportParts {
  readonly ledger: ChunkLedger;
  readonly insert: InsertRows;
  readonly parser: WindowParser;
  readonly lane: InsertLane;
  readonly turns: ClaimTurns;
  readonly bundles: ChunkBundles;
  readonly notes: FinishNotes;
  readonly memory: PieceMemory;
  readonly totals: ImportTotals;
  readonly signal: AbortSignal;
  /** All rows are rolled up later, by whoever imports: else those of large chunks are. */
  readonly isBulk: boolean;
  /** Called when new rows of a blob are in the table. */
  readonly onRows?: ((blob: SourceBlob, rows: number) => void) | undefined;
}

/** What is new in one blob, and how it is read. */
export interface BlobParts extends ImportParts {
  /** How far it was read before. */
  readonly checkpoint: BlobCheckpoint | null;
  /** It has few new bytes, and others are read beside it. */
  readonly isSmall: boolean;
}

export interface BlobImport extends BlobParts {
  readonly source: FlowSource;
  readonly blob: SourceBlob;
}

/** Where the reading of one blob is. */
export interface Position {
  node: string;
  consumedBytes: number;
  rows: number;
  /** Nobody had been here before: then the ledger is asked for what follows only when another importer meets this one. */
  isNew: boolean;
  /** What comes next, parsed while the chunk before it was claimed. */
  ahead: ParseAnswer | null;
}
