// An index that is kept: of the same bytes it shows the same packets without reading the file, and of others it is not used.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { buildIndex } from "../../../src/inspection/browse/build-index.ts";
import {
  type IndexedFile,
  keepIndex,
  keptIndex,
} from "../../../src/inspection/browse/kept-index.ts";
import { openBook } from "../../../src/inspection/browse/open-book.ts";
import { PacketIndex } from "../../../src/inspection/browse/packet-index.ts";
import { inspect } from "../../../src/inspection/inspect.ts";
import { bookOptions, fixtures, inMemory, listed } from "./books.ts";

const plain = fixtures.filter(({ name }) => !name.endsWith(".gz"));

const fileOf = (bytes: Uint8Array): IndexedFile => ({
  sizeBytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});

async function indexOf(bytes: Uint8Array): Promise<PacketIndex> {
  const index = new PacketIndex();
  await buildIndex(index, inMemory(bytes), new AbortController().signal);
  return index;
}

test("what an inspection notes, in chunks of any size, is what a pass for it alone notes", async () => {
  for (const { name, bytes } of plain) {
    const index = new PacketIndex();
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 23) yield bytes.subarray(at, at + 23);
    };
    await inspect(source(), { index });
    const file = fileOf(bytes);
    expect(keepIndex(index, file), name).toEqual(keepIndex(await indexOf(bytes), file));
  }
});

test("a book with a kept index shows what a book without shows, and reads but the packets that it shows", async () => {
  for (const { name, bytes } of plain) {
    const file = fileOf(bytes);
    const kept = keepIndex(await indexOf(bytes), file);
    const index = kept && keptIndex(kept, file);
    expect(index, name).not.toBeNull();
    const made: unknown[] = [];
    const book = await openBook(inMemory(bytes), {
      ...bookOptions,
      index,
      onIndex: (each) => made.push(each),
    });
    const packets = await listed(bytes);
    const { rows, packetCount } = await book.rows({ filter: "", from: 3, count: 5 });
    expect(packetCount).toBe(packets.length);
    expect(rows.map(({ number, time }) => [number, time])).toEqual(
      packets.slice(3, 8).map(({ number, time }) => [number, time === null ? null : String(time)]),
    );
    expect(made).toEqual([]);
    await book.close();
  }
});

test("of other bytes, of another version or damaged anywhere it is not used", async () => {
  const [capture] = plain;
  const bytes = capture?.bytes ?? new Uint8Array(0);
  const file = fileOf(bytes);
  const kept = keepIndex(await indexOf(bytes), file) ?? new Uint8Array(0);
  expect(keptIndex(kept, { ...file, sizeBytes: file.sizeBytes + 1 })).toBeNull();
  expect(keptIndex(kept, { ...file, sha256: "0".repeat(64) })).toBeNull();
  for (let at = 0; at < kept.length; at++) {
    const damaged = kept.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    expect(keptIndex(damaged, file), String(at)).toBeNull();
    expect(keptIndex(kept.slice(0, at), file), String(at)).toBeNull();
  }
});

test("places beyond 4 GiB are kept, and an index that is not finished is not", () => {
  const index = new PacketIndex();
  const offsets = [24, 2 ** 32 - 1, 2 ** 32 + 5, 2 ** 33, 2 ** 40];
  for (const offset of offsets) index.add(offset, null);
  const file = { sizeBytes: 2 ** 41, sha256: "1" };
  expect(keepIndex(index, file)).toBeNull();
  index.isComplete = true;
  const kept = keptIndex(keepIndex(index, file) ?? new Uint8Array(0), file);
  expect(offsets.map((_, place) => kept?.offsetOf(place))).toEqual(offsets);
});
