/** A packet as a source gives it; one object serves all, valid until the next is asked for. */
export interface SourceFrame {
  bytes: Buffer;
  offset: number;
  capturedLength: number;
  originalLength: number;
  /** Since the epoch; never less than that of the frame before. */
  microseconds: number;
}

/** Traffic without end, always the same for the same seed. */
export interface FrameSource {
  next(): SourceFrame;
}

/** Largest captured packet that sources give. */
export const frameSizeMaxBytes = 262_144;

/** When all generated traffic begins: 2023-11-14T22:13:20Z. */
export const firstMicroseconds = 1_700_000_000_000_000;
