/** What the import holds in memory and how it cuts blobs; sizes are of content that is not compressed. */
export const importLimits = {
  /** Bytes that become one chunk: as many complete records as are in them. */
  windowSizeBytes: 32 << 20,
  /** A record that needs more is an error. */
  windowSizeBytesMax: 64 << 20,
  /** Rows of one insert; a chunk of very short tuples takes several. Part of what a token names: never change it. */
  batchCapacity: 1 << 19,
  /** From so many on, the rows of one chunk are rolled up later: what the control plane writes is less. */
  rolledLaterRowsMin: 150_000,
  /** From so many bytes or blobs on, all that an import brings whose rows are added up at its end. */
  bulkSizeBytesMin: 12 << 20,
  bulkBlobsMin: 100,
  /** Blobs up to this size are read beside each other, as most of their time is the ledger's. */
  smallBlobSizeBytesMax: 1 << 20,
  smallBlobsAtOnceMax: 48,
  /** Bytes that are read ahead of the parser. */
  readAheadBytes: 32 << 20,
  /** Memory of bytes that were used, kept for those that are read next. */
  pieceMemoryBytesMax: 64 << 20,
  /** Chunks that are being inserted while the next ones are read and parsed. */
  insertsAtOnceMax: 3,
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
