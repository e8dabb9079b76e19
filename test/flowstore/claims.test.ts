// Who may insert which part of a flow log, when several importers want the same at once.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { createChunkLedger } from "../../src/flowstore/ledger/chunk-ledger.ts";
import { openSomeEngine } from "./some-engine.ts";

let engine: FlowEngine;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ engine, remove } = await openSomeEngine());
});

afterAll(() => remove());

const importerCount = 4;
const placeCount = 12;
const places = Array.from({ length: placeCount }, (_, index) => index);
const hash = (...words: readonly (string | number)[]): string => words.join("-").padEnd(64, "0");
const chunkOf = (importer: number) => ({
  sizeBytes: 100 + importer,
  sha256: hash("content", importer),
  isRolledLater: false,
});

test("of importers that claim the same places for other rows each place has one", async () => {
  const ledgers = Array.from({ length: importerCount }, () => createChunkLedger(engine));
  const won = await Promise.all(
    ledgers.map((ledger, importer) =>
      Promise.all(places.map((place) => ledger.claim(hash("single", place), chunkOf(importer), 0))),
    ),
  );
  for (const place of places) {
    const winners = won.flatMap((each, importer) => (each[place] === true ? [importer] : []));
    expect(winners).toHaveLength(1);
    const following = await createChunkLedger(engine).following(hash("single", place));
    expect(following).toEqual([{ ...chunkOf(winners[0] ?? -1), bundle: "", rows: null }]);
  }
});

test("a bundle has all of its places or none, beside other bundles and single claims", async () => {
  const node = (place: number): string => hash("shared", place);
  const bundleOf = (importer: number) => {
    // Each has some places that no other wants, and overlaps with the next one.
    const ours = places.filter((place) => place % importerCount !== importer);
    const { sizeBytes, sha256, isRolledLater } = chunkOf(importer);
    const chunks = ours.map((place) => ({ node: node(place), ordinal: 0, sizeBytes, sha256 }));
    const content = new Uint8Array(sizeBytes * chunks.length).fill(importer);
    return { name: hash("bundle", importer), chunks, isRolledLater, content };
  };
  const bundles = Array.from({ length: importerCount }, (_, importer) => bundleOf(importer));
  const single = createChunkLedger(engine).claim(node(0), chunkOf(99), 0);
  const taken = await Promise.all(
    bundles.map((bundle) => createChunkLedger(engine).claimBundle(bundle)),
  );
  const holders = await Promise.all(
    places.map((place) => createChunkLedger(engine).following(node(place))),
  );
  const names = holders.map(([first]) => first?.bundle);
  for (const [importer, bundle] of bundles.entries()) {
    const held = bundle.chunks.filter(
      (chunk) => names[places.findIndex((place) => node(place) === chunk.node)] === bundle.name,
    );
    expect(held).toHaveLength(taken[importer]?.size === 0 ? bundle.chunks.length : 0);
    const kept = await createChunkLedger(engine).readBundle(bundle.name);
    expect(kept === null).toBe(held.length === 0);
    if (kept) expect(Buffer.compare(kept.content, bundle.content)).toBe(0);
  }
  expect(await single).toBe(names[0] === "");
  expect(taken.filter(({ size }) => size === 0).length).toBeLessThanOrEqual(1);
});
