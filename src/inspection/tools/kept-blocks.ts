import type { CaptureReader } from "../file/capture-reader.ts";
import type { BlockView } from "../file/record.ts";

/** Bytes of blocks that are held to be written again; further ones are left out. */
const keptSizeMax = 4 * 1_048_576;

/** Holds name resolution, secrets and custom blocks of a capture, which belong to all that is made of it. */
export class KeptBlocks {
  readonly #kept: BlockView[] = [];
  #sizeBytes = 0;
  #leftOut = 0;

  /** `also` is told of each block that is kept. */
  constructor(reader: CaptureReader, also: (block: BlockView) => void = () => undefined) {
    reader.takeBlocks((block) => {
      if (this.#keep(block)) also(block);
    });
  }

  /** Blocks that came when there was no room, or in the other byte order. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get all(): readonly BlockView[] {
    return this.#kept;
  }

  /** Those that have been kept since the last call. */
  take(): BlockView[] {
    this.#sizeBytes = 0;
    return this.#kept.splice(0);
  }

  #keep({ type, bytes, offset, sizeBytes, littleEndian }: BlockView): boolean {
    if (!littleEndian || this.#sizeBytes + sizeBytes > keptSizeMax) {
      this.#leftOut++;
      return false;
    }
    this.#sizeBytes += sizeBytes;
    const copy = bytes.slice(offset, offset + sizeBytes);
    this.#kept.push({ type, bytes: copy, offset: 0, sizeBytes, littleEndian });
    return true;
  }
}
