/**
 * Which parts of flow logs are in the table already. It lies with the table, so that all importers of a
 * cluster share it and it goes wherever the table goes.
 *
 * Content is a tree: a node names all bytes from a blob's beginning up to a record's end by their hash, a
 * chunk leads from one node to the next. A chunk is claimed before its rows are inserted, under a token
 * made from its node, and finished after that; whoever finds it claimed and not finished inserts the same
 * rows under the same token, which the table takes once. Where a blob lies plays no part in it.
 *
 * Small chunks are claimed and inserted together, as a bundle, under one token. Their bytes lie in the ledger until all
 * of them are finished: whoever finds one that is not inserts the whole bundle again, and needs none of the blobs for it.
 */
export interface ChunkLedger {
  /** The chunks that are claimed behind `node`, in the order of their claims. */
  following(node: string): Promise<readonly LedgerChunk[]>;
  /** Adds a chunk; false when another importer was first with one there, or has inserted its rows: `following` tells which. */
  claim(node: string, chunk: NewChunk, ordinal: number): Promise<boolean>;
  /**
   * Adds all chunks of a bundle, or none: then it gives those that have others in their place by now. None in their
   * place: all of them are added.
   */
  claimBundle(bundle: ChunkBundle): Promise<ReadonlySet<BundledChunk>>;
  /** Null when all of its chunks are finished. */
  readBundle(name: string): Promise<ChunkBundle | null>;
  /** Names of bundles that were claimed a while ago, and whose importers did not say that their rows are in the table. */
  unfinishedBundles(): Promise<readonly string[]>;
  /** Its bytes are not needed any more. */
  dropBundle(name: string): Promise<unknown>;
  /** Its rows are in the table. */
  finish(chunk: { readonly next: string; readonly rows: number }): Promise<unknown>;
  /** How far a place was read; null when it never was. */
  readCheckpoint(place: string): Promise<BlobCheckpoint | null>;
  writeCheckpoint(checkpoint: BlobCheckpoint & { readonly place: string }): Promise<unknown>;
  /** Whether the control plane that wrote the blob of this place brings its rows into the table itself. */
  isRecorded(place: string): Promise<boolean>;
}

export interface NewChunk {
  readonly sizeBytes: number;
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
  /** How its rows are to be inserted, whoever does it: that they are rolled up later is written in each of them. */
  readonly isRolledLater: boolean;
}

export interface LedgerChunk extends NewChunk {
  /** The bundle that its rows are inserted with; "" when they are on their own. */
  readonly bundle: string;
  /** Null while its rows are not known to be in the table. */
  readonly rows: number | null;
}

export interface BundledChunk {
  readonly node: string;
  /** How many chunks are claimed behind the node already. */
  readonly ordinal: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface ChunkBundle {
  /** Made of its content: the same chunks have the same name on every host. */
  readonly name: string;
  readonly chunks: readonly BundledChunk[];
  readonly isRolledLater: boolean;
  /** The bytes of its chunks, one after the other. */
  readonly content: Uint8Array;
}

/** Where the next reading of a blob begins. It saves reading; the tree alone decides what is inserted. */
export interface BlobCheckpoint {
  readonly etag: string;
  /** Of content that is not compressed: the end of the last complete record. */
  readonly consumedBytes: number;
  readonly node: string;
  /** The node at the blob's beginning. */
  readonly head: string;
  /** Of the ids and sizes of the blocks before `consumedBytes`; "" where there are none. */
  readonly blocks: string;
  readonly rows: number;
}
