import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import type { BookOptions, OpenBook } from "../../../src/inspection/browse/open-book.ts";
import { openBook } from "../../../src/inspection/browse/open-book.ts";
import type { RandomAccess } from "../../../src/inspection/browse/packet-book.ts";
import type { Packet } from "../../../src/inspection/packets.ts";
import { listPackets } from "../../../src/inspection/packets.ts";

const folder = join(import.meta.dirname, "..", "..", "fixtures", "captures");

/** Captures of the project, with their bytes. */
export const fixtures = readdirSync(folder)
  .filter((name) => /\.pcap(ng)?(\.gz)?$/.test(name))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));

export const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(folder, name)));

export const inMemory = (bytes: Uint8Array): RandomAccess => ({
  sizeBytes: bytes.length,
  read: async (offset, length) => bytes.slice(offset, offset + length),
});

export const bookOptions: BookOptions = {
  async pause() {
    await turn();
  },
  nowMilliseconds: () => performance.now(),
  async delay(milliseconds, signal) {
    await wait(milliseconds, undefined, { signal });
  },
};

/** A book that has been read through, so that every row is as good as it gets. */
export async function readBook(
  bytes: Uint8Array,
  options: BookOptions = bookOptions,
): Promise<OpenBook> {
  const book = await openBook(inMemory(bytes), options);
  for (;;) {
    const { isComplete, scannedCount, packetCount } = await book.rows({
      filter: "",
      from: 0,
      count: 1,
    });
    if (isComplete && scannedCount >= packetCount) return book;
    await turn();
  }
}

/** The answer to a filter, once its pass is done. */
export async function filtered(book: OpenBook, filter: string): Promise<number[]> {
  for (;;) {
    const { rows, isComplete, matchedCount } = await book.rows({ filter, from: 0, count: 1_000 });
    if (isComplete && rows.length === Math.min(1_000, matchedCount))
      return rows.map(({ number }) => number);
  }
}

/** What `nightcap packets` lists. */
export async function listed(bytes: Uint8Array): Promise<Packet[]> {
  const found: Packet[] = [];
  await listPackets(
    async function* () {
      yield bytes;
    },
    {},
    async (packets) => void found.push(...packets),
  );
  return found;
}
