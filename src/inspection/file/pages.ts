/** Bytes gathered before they are handed on. */
const pageSizeBytes = 262_144;
/** Room for the record that crosses the end of a page: 64 KiB, the largest that a host sends at once, and its block. */
const pageRoomBytes = pageSizeBytes + 65_536 + 4_096;

/** Gathers records in pages: reserve room, write it, and take the page when it is full. */
export class Pages {
  bytes = new Uint8Array(pageRoomBytes);
  view = new DataView(this.bytes.buffer);
  #used = 0;
  #sizeBytes = 0;

  /** Bytes reserved so far, of all pages. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get isFull(): boolean {
    return this.#used >= pageSizeBytes;
  }

  /** What has been gathered; a new page begins. */
  take(): Uint8Array {
    const page = this.bytes.subarray(0, this.#used);
    this.#renew(pageRoomBytes);
    this.#used = 0;
    return page;
  }

  /** Where `size` zero bytes to be written begin in `bytes` and `view`, which it may renew. */
  reserve(size: number): number {
    const at = this.#used;
    const needed = at + size;
    if (needed > this.bytes.length) {
      const before = this.bytes.subarray(0, at);
      this.#renew(Math.max(needed, this.bytes.length * 2));
      this.bytes.set(before);
    }
    this.#used = needed;
    this.#sizeBytes += size;
    return at;
  }

  #renew(size: number): void {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }
}
