/** What the import holds in memory and how it cuts blobs; sizes are of content that is not compressed. */
export const importLimits = {
  /** Bytes that become one chunk, as many complete records as are in them: with tuples of Azure's length one batch of rows. */
  windowSizeBytes: 38 << 20,
  /** The first chunk of a large import, so that the engine has something to do soon. */
  firstWindowSizeBytes: 8 << 20,
  /** A record that needs more is an error. */
  windowSizeBytesMax: 64 << 20,
  /** Rows of one insert; a chunk of very short tuples takes several. Part of what a token names: never change it. */
  batchCapacity: 1 << 19,
  /** From so many on, the rows of one chunk are rolled up later: what the control plane writes is less. */
  rolledLaterRowsMin: 150_000,
  /** From so many bytes or blobs on, all that an import brings whose rows are added up at its end. */
  bulkSizeBytesMin: 12 << 20,
  bulkBlobsMin: 100,
  /** Blobs with no more than so many new bytes are read beside each other, and many of them are one insert. */
  smallBlobSizeBytesMax: 1 << 20,
  smallBlobsAtOnceMax: 512,
  /** New bytes of blobs that are read beside each other. */
  smallBlobsBytesMax: 48 << 20,
  /** Flow logs that are compressed are so many times as large; what they have at least is taken for it. */
  packedRatio: 10,
  /** Blobs whose checkpoints are read together, before any of them is. */
  checkpointsAtOnceMax: 1_000,
  /** Small chunks of one insert, and their rows: fewer than are rolled up later. */
  bundleChunksMax: 256,
  bundleRowsMax: 130_000,
  /** For so long a small chunk waits whether there are more. */
  bundleQuietMilliseconds: 20,
  bundleWaitMillisecondsMax: 1_000,
  /** Bytes that are read ahead of the parser. */
  readAheadBytes: 38 << 20,
  /** Memory of bytes that were used, kept for those that are read next. */
  pieceMemoryBytesMax: 64 << 20,
  /** Chunks that are being inserted while the next ones are read and parsed. */
  insertsAtOnceMax: 3,
  /** Inserted chunks that the ledger is not told of yet, and for how long. */
  finishCountMax: 16,
  finishMillisecondsMax: 5_000,
  /** Bytes at the beginning of a blob that tell it from others; its first record may end before. */
  headSizeBytes: 512,
  /** Chunks that may follow the same beginning in different blobs. */
  branchCountMax: 1_000,
  /** Rounds in which blobs that changed while they were read are read again. */
  changedRoundCountMax: 3,
  /** Blobs of one listing. */
  blobCountMax: 1_000_000,
  /** Reasons of malformed tuples, and blobs that end within a record, that are named. */
  reasonCountMax: 10,
} as const;
