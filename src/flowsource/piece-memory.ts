/** Memory of pieces of a blob, used again: made anew for each one it kept the garbage collector busy for a third of the parser's time. */
export interface PieceMemory {
  take(sizeBytes: number): Uint8Array;
  /** Gives a piece back whose bytes have been used; one that did not come from here is left alone. */
  give(piece: Uint8Array): void;
}

/** Pieces of this size are kept; smaller ones are the ends of blobs. */
const pieceSizeBytes = 1 << 20;

/** Keeps no more than so many bytes for the next pieces. */
export function createPieceMemory(keptBytesMax: number): PieceMemory {
  const countMax = Math.floor(keptBytesMax / pieceSizeBytes);
  const ours = new WeakSet<ArrayBufferLike>();
  const free: ArrayBufferLike[] = [];
  return {
    take(sizeBytes) {
      if (sizeBytes !== pieceSizeBytes) return new Uint8Array(sizeBytes);
      const known = free.pop();
      if (known) return new Uint8Array(known);
      const { buffer } = Buffer.allocUnsafeSlow(sizeBytes);
      ours.add(buffer);
      return new Uint8Array(buffer);
    },
    give({ buffer }) {
      if (ours.has(buffer) && free.length < countMax) free.push(buffer);
    },
  };
}
