// How fast flows are classed, and addresses looked up: ours beside maxmind and the engine's IP_TRIE dictionary.
//   npm run bench -- flows-classify [--tuples 4000000] [--addresses 50000] [--prefixes 200000] [--runs 3]
//     [--service-tags FILE] [--threat-list FILE] [--city off]
// One process, one core but where it says threads; the median of the runs counts. Without files, service tags and
// the list are made up. Addresses come with Zipf's law, as peers of servers do.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openAutonomousSystems } from "../../src/traffic/enrich/asn.ts";
import { openGeography } from "../../src/traffic/enrich/geography.ts";
import { readAddress } from "../../src/traffic/prefix/address-text.ts";
import {
  addPrefix,
  createPrefixList,
  formatPrefix,
  type PrefixList,
} from "../../src/traffic/prefix/prefix-list.ts";
import { createPrefixTable, findPrefix } from "../../src/traffic/prefix/prefix-table.ts";
import { createClassifier } from "../../src/traffic/classify/classifier.ts";
import { openTrafficSource, type TrafficSource } from "../../src/traffic/traffic-source.ts";
import { trafficSettings } from "../../src/traffic/traffic-settings.ts";
import { Random } from "../inspection/random.ts";
import { trieLookups } from "./engine-trie.ts";
import { addressText, zipfBatches } from "./traffic-batches.ts";

const lookupCount = 1_000_000;

const { values } = parseArgs({
  options: {
    tuples: { type: "string", default: "4000000" },
    addresses: { type: "string", default: "50000" },
    prefixes: { type: "string", default: "200000" },
    runs: { type: "string", default: "3" },
    "service-tags": { type: "string" },
    "threat-list": { type: "string" },
    city: { type: "string", default: "package" },
  },
});

const folder = mkdtempSync(join(tmpdir(), "nightcap-bench-classify-"));
try {
  await benchClassifier();
  await benchLookups();
} finally {
  rmSync(folder, { recursive: true });
}

async function benchClassifier(): Promise<void> {
  const tupleCount = Number(values.tuples);
  const addressCount = Number(values.addresses);
  const batches = zipfBatches(tupleCount, addressCount);
  const source = await openSource();
  print(
    `${tupleCount} tuples, ${addressCount} outer addresses; ${source
      .feeds()
      .map(({ name, version }) => `${name} ${version}`)
      .join(", ")}`,
  );
  const run = (classify: ReturnType<typeof createClassifier>) => (): void => {
    for (const batch of batches) classify(batch);
  };
  const cold = medianSeconds(() => run(createClassifier(source.data()))());
  const warm = createClassifier(source.data());
  run(warm)();
  const rate = (seconds: number): string => `${(tupleCount / seconds / 1e6).toFixed(2)} M tuples/s`;
  print(`  classified, nothing remembered  ${rate(cold)}`);
  print(`  classified, remembered          ${rate(medianSeconds(run(warm)))}`);
}

async function openSource(): Promise<TrafficSource> {
  const list = values["threat-list"] ?? join(folder, "list.txt");
  if (values["threat-list"] === undefined)
    writeFileSync(list, prefixTexts(randomPrefixes(100_000, 7)).join("\n"));
  const tags = values["service-tags"];
  const settings = trafficSettings.parse({
    topology: { virtualNetworks: [{ name: "bench", prefixes: ["10.0.0.0/8"] }] },
    threatLists: [{ name: "list", path: list }],
    ...(tags !== undefined && { serviceTags: { path: tags } }),
    city: values.city,
  });
  const source = await openTrafficSource({ settings, stateDirectory: folder });
  await source.refresh();
  return source;
}

/** The same addresses for all: half of them random, half the first of a random prefix. */
async function benchLookups(): Promise<void> {
  const prefixes = randomPrefixes(Number(values.prefixes), 3);
  for (const version of [4, 6] as const) {
    const random = new Random(version);
    const inside = prefixTexts(prefixes).filter((text) => text.includes(":") === (version === 6));
    const texts = Array.from({ length: lookupCount }, (_, index) =>
      index % 2 === 0
        ? addressText(random, version)
        : (inside[random.below(inside.length)]?.split("/")[0] ?? ""),
    );
    const words = new Uint32Array(4 * lookupCount);
    for (const [index, text] of texts.entries()) readAddress(text, words, 4 * index);
    await benchVersion(version, prefixes, { texts, words });
  }
}

async function benchVersion(
  version: 4 | 6,
  prefixes: PrefixList,
  { texts, words }: { texts: string[]; words: Uint32Array },
): Promise<void> {
  const begin = performance.now();
  const table = createPrefixTable(prefixes);
  print(
    `IPv${version}: ${texts.length} addresses; a table of ${prefixes.count} prefixes made in ${(performance.now() - begin).toFixed(0)} ms`,
  );
  const count = (find: (index: number) => boolean) => (): number => {
    let found = 0;
    for (let index = 0; index < texts.length; index++) if (find(index)) found++;
    return found;
  };
  const ours = count((index) => findPrefix(table, words, 4 * index) >= 0);
  tell("prefix table", ours);
  const systems = await openAutonomousSystems();
  if (systems)
    tell(
      "systems by range (asn)",
      count((index) => systems.find(words, 4 * index) !== null),
    );
  const country = await openGeography({ country: "package", city: "off" });
  tell(
    "maxmind, country",
    count((index) => country.country(texts[index] ?? "") !== ""),
  );
  const city = await openGeography({ country: "off", city: "package" });
  if (city.versions.length > 0)
    tell(
      "maxmind, city",
      count((index) => city.city(texts[index] ?? "") !== null),
    );
  const wanted = ours();
  for (const { threads, seconds, found } of await trieLookups(prefixTexts(prefixes), texts, folder))
    print(
      `  engine's IP_TRIE, ${threads} thread(s)   ${(texts.length / seconds / 1e6).toFixed(2)} M look-ups/s, ${found} found${found === wanted ? "" : ` (WRONG: ${wanted} by ours)`}`,
    );
}

function tell(name: string, work: () => number): void {
  work();
  const rate = lookupCount / medianSeconds(work) / 1e6;
  print(`  ${name.padEnd(30)}${rate.toFixed(2)} M look-ups/s, ${work()} found`);
}

/** Half of each version, of the lengths that lists and routes have. */
function randomPrefixes(count: number, seed: number): PrefixList {
  const random = new Random(seed);
  const list = createPrefixList();
  while (list.count < count) {
    const version = list.count % 2 === 0 ? 4 : 6;
    const length = version === 4 ? 12 + random.below(21) : 28 + random.below(37);
    addPrefix(list, `${addressText(random, version)}/${length}`);
  }
  return list;
}

function prefixTexts(list: PrefixList): string[] {
  return Array.from({ length: list.count }, (_, index) => formatPrefix(list, index));
}

function medianSeconds(work: () => unknown): number {
  const seconds = Array.from({ length: Number(values.runs) }, () => {
    const begin = performance.now();
    work();
    return (performance.now() - begin) / 1e3;
  });
  return seconds.toSorted((a, b) => a - b)[seconds.length >> 1] ?? 0;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
