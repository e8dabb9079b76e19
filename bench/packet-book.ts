// Looking into a large capture packet by packet: opening it, windows of its list, a filter's pass, packets and streams.
//   npm run bench -- packet-book [--size 1GB] [--filter "http.request || dns"] [--work FOLDER] [--file CAPTURE]
// Beside it, in the same run: capinfos, which reads all records as opening does, and tshark with the same filter, which
// takes minutes. CPU time is user and system time, of children by measure.c; needs gcc, and tshark for the peers.
import { mkdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { buildIndex } from "../src/inspection/browse/build-index.ts";
import { type IndexedFile, keepIndex, keptIndex } from "../src/inspection/browse/kept-index.ts";
import { openBook, type OpenBook } from "../src/inspection/browse/open-book.ts";
import type { RandomAccess } from "../src/inspection/browse/packet-book.ts";
import { PacketIndex } from "../src/inspection/browse/packet-index.ts";
import { generate } from "./inspection/generate.ts";
import { compile, measure, warm } from "./inspection/measure.ts";
import { sizeOf } from "./inspection/options.ts";

const windowCount = 200;
const questionCount = 300;
const detailCount = 50;
const streamReach = 10_000;
const pageSizeBytes = 262_144;

const { values: options } = parseArgs({
  options: {
    size: { type: "string", default: "1GB" },
    filter: { type: "string", default: "http.request || dns" },
    work: { type: "string", default: join(tmpdir(), "nightcap-bench-inspection") },
    file: { type: "string" },
  },
});
const work = resolve(options.work);
mkdirSync(work, { recursive: true });
const path = options.file ?? makeFile();

function makeFile(): string {
  const sizeBytes = sizeOf(options.size);
  return generate({ kind: "mix", sizeBytes, seed: 1, work, captures: null }).pcap;
}

async function run(): Promise<void> {
  const file = await open(path);
  const source: RandomAccess = {
    sizeBytes: (await file.stat()).size,
    async read(offset, lengthBytes) {
      const bytes = new Uint8Array(lengthBytes);
      const { bytesRead } = await file.read(bytes, 0, lengthBytes, offset);
      return bytes.subarray(0, bytesRead);
    },
  };
  print(`${path}: ${(statSync(path).size / 1e6).toFixed(0)} MB`);
  await race("opening: every packet can be gone to", ["capinfos", "-c", path], () =>
    makeIndex(source),
  );
  await reopened(source, await keptFor(source));
  const book = await openHere(source);
  const first = await timed(() => book.rows({ filter: "", from: 0, count: windowCount }));
  print(`  first window ${first.milliseconds.toFixed(1)} ms after it`);
  await untilIndexed(book);
  await windows(book, "windows of 200 rows while notes are made", untilNoted(book));
  print(`memory: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB of the process in all`);
  await windows(book, "windows of 200 rows", questions(questionCount));
  const filter = (): Promise<void> => untilFiltered(book, options.filter);
  const command = ["tshark", "-n", "-r", path, "-Y", options.filter];
  await race(`filter ${options.filter}`, command, filter);
  const again = await timed(() => book.rows({ filter: options.filter, from: 0, count: 200 }));
  print(`  the same filter again: ${again.milliseconds.toFixed(1)} ms`);
  const { packetCount } = await book.rows({ filter: "", from: 0, count: 0 });
  await each("packets, with layers", detailCount, () => book.packet(1 + random(packetCount)));
  await each("first pages of streams", detailCount, () =>
    book.follow({ protocol: "tcp", stream: random(streamReach), from: 0, bytesMax: pageSizeBytes }),
  );
  await book.close();
  await file.close();
}

/** What an inspection keeps beside its report. */
async function keptFor(source: RandomAccess): Promise<Uint8Array> {
  const index = new PacketIndex();
  await buildIndex(index, source, new AbortController().signal);
  const kept = keepIndex(index, identityOf(source));
  if (!kept) throw new Error("too many packets for an index that is kept");
  return kept;
}

// The bench trusts its own file.
const identityOf = ({ sizeBytes }: RandomAccess): IndexedFile => ({ sizeBytes, sha256: "" });

async function reopened(source: RandomAccess, kept: Uint8Array): Promise<void> {
  const opening = await timed(async () => {
    const book = await openHere(source, keptIndex(kept, identityOf(source)));
    await book.rows({ filter: "", from: 0, count: windowCount });
    return book;
  });
  print(
    `opening with the index that was kept, ${(kept.length / 1e6).toFixed(1)} MB, and its first window: ${opening.milliseconds.toFixed(0)} ms`,
  );
  await opening.answer.close();
}

const openHere = (source: RandomAccess, index: PacketIndex | null = null): Promise<OpenBook> =>
  openBook(source, {
    index,
    async pause() {
      await turn();
    },
    nowMilliseconds: () => performance.now(),
    async delay(milliseconds, signal) {
      await wait(milliseconds, undefined, { signal });
    },
  });

/** Opens a book and closes it as soon as every packet can be gone to. */
async function makeIndex(source: RandomAccess): Promise<void> {
  const book = await openHere(source);
  await untilIndexed(book);
  await book.close();
}

async function untilIndexed(book: OpenBook): Promise<void> {
  for (;;) {
    const { isComplete } = await book.rows({
      filter: "",
      from: 0,
      count: 0,
    });
    if (isComplete) return;
    await wait(1);
  }
}

async function untilFiltered(book: OpenBook, filter: string): Promise<void> {
  while (!(await book.rows({ filter, from: Number.MAX_SAFE_INTEGER, count: 1 })).isComplete)
    await turn();
}

/** Goes on until the background pass has come by every packet. */
function untilNoted(book: OpenBook): () => Promise<boolean> {
  const begun = performance.now();
  return async () => {
    await wait(20);
    const { scannedCount, packetCount } = await book.rows({ filter: "", from: 0, count: 0 });
    if (scannedCount < packetCount) return true;
    print(`notes of all ${packetCount} rows: ${(performance.now() - begun).toFixed(0)} ms`);
    return false;
  };
}

function questions(count: number): () => Promise<boolean> {
  let left = count;
  return async () => Promise.resolve(left-- > 0);
}

async function windows(
  book: OpenBook,
  title: string,
  goesOn: () => Promise<boolean>,
): Promise<void> {
  const times: number[] = [];
  while (await goesOn()) {
    const { packetCount } = await book.rows({ filter: "", from: 0, count: 0 });
    const question = { filter: "", from: random(packetCount - windowCount), count: windowCount };
    times.push((await timed(() => book.rows(question))).milliseconds);
  }
  print(`${title}: ${spread(times)}`);
}

async function each(title: string, count: number, ask: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let asked = 0; asked < count; asked++) times.push((await timed(ask)).milliseconds);
  print(`${title}: ${spread(times)}`);
}

/** Ours and a peer, by CPU time and by the clock. */
async function race(
  title: string,
  command: readonly string[],
  ours: () => Promise<void>,
): Promise<void> {
  const mine = await timed(ours);
  print(
    `${title}: ${mine.milliseconds.toFixed(0)} ms, ${mine.cpuSeconds.toFixed(2)} s of CPU time`,
  );
  const measurer = compile("measure", work, []);
  if (measurer === null) return print("  no peer: measure.c does not compile");
  const peer = await timed(() => measure(command, { measurer, work }));
  const { cpuSeconds, status } = peer.answer;
  if (status !== 0) return print(`  no peer: ${command[0]} ended with ${status}`);
  const ratio = cpuSeconds / mine.cpuSeconds;
  print(
    `  ${command[0]}: ${peer.milliseconds.toFixed(0)} ms, ${cpuSeconds.toFixed(2)} s of CPU time, ${ratio.toFixed(1)} x ours`,
  );
}

async function timed<Answer>(
  ask: () => Promise<Answer>,
): Promise<{ answer: Answer; milliseconds: number; cpuSeconds: number }> {
  const begun = performance.now();
  const used = process.cpuUsage();
  const answer = await ask();
  const { user, system } = process.cpuUsage(used);
  return { answer, milliseconds: performance.now() - begun, cpuSeconds: (user + system) / 1e6 };
}

let seed = 1;
/** The same questions in every run. */
function random(max: number): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % Math.max(1, max);
}

function spread(times: number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms, of ${times.length}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

warm(path);
await run();
