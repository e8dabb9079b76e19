// `npm run fuzz`: inspects captures that were mutated by chance until something breaks, then reads damaged flow logs,
// applies privacy policies and runs queries of KQL that were put together by chance.
// Every input has a number, its seed, which makes the same input again.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadCorpus } from "./corpus.ts";
import { runCrew, type CrewProgress, type FuzzFailure } from "./crew.ts";
import { checkFlowLog } from "./flow-logs.ts";
import { openKqlFuzzer } from "./kql/check-query.ts";
import { tryFile, writeSmallest } from "./minimize.ts";
import { checkPrivacy } from "./privacy/check-privacy.ts";
import { checkWithTshark } from "./privacy/check-with-tshark.ts";

const usage = `usage: npm run fuzz -- [options]
  --captures FOLDER  captures to mutate (the project's fixtures and synthetic traffic)
  --packets NUMBER   ends after so many packets (1000000)
  --seconds NUMBER   ends after so many seconds (120)
  --seed NUMBER      the first input (1)
  --workers NUMBER   processes (2)
  --output FOLDER    where inputs that failed are written
  --flow-logs NUMBER damaged flow logs to read afterwards, in this process (20000)
  --privacy NUMBER   captures full of addresses to apply privacy policies to afterwards (3000)
  --kql NUMBER       queries to make, translate and run afterwards (500)
  --file FILE        only this file, with the choices of --seed
`;

const tellEverySeconds = 10;
const smallestCountMax = 5;
const tsharkEvery = 100;
let toldSeconds = 0;
let toldFailureCount = 0;

const { values } = parseArgs({
  options: {
    captures: { type: "string" },
    packets: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "120" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "2" },
    output: { type: "string", default: join(tmpdir(), "nightcap-fuzz") },
    "flow-logs": { type: "string", default: "20000" },
    privacy: { type: "string", default: "3000" },
    kql: { type: "string", default: "500" },
    file: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const captures = values.captures === undefined ? null : resolve(values.captures);

if (values.help) process.stdout.write(usage);
else if (values.file === undefined) {
  await fuzz();
  fuzzFlowLogs(Number(values.seed), Number(values["flow-logs"]));
  await fuzzPrivacy(Number(values.seed), Number(values.privacy));
  await fuzzKql(Number(values.seed), Number(values.kql));
} else tellOne(tryFile(resolve(values.file), Number(values.seed)));

function tellOne(reason: string | null): void {
  process.stdout.write(reason === null ? "no failure\n" : `${reason}\n`);
  process.exitCode = reason === null ? 0 : 1;
}

async function fuzz(): Promise<void> {
  const { inputs, packets, seconds, heldMegabytes, failures } = await runCrew({
    captures,
    firstSeed: Number(values.seed),
    workerCount: Number(values.workers),
    packetCountMax: Number(values.packets),
    secondsMax: Number(values.seconds),
    onProgress: tellProgress,
  });
  process.stdout.write(
    `${packets} packets in ${inputs} inputs from seed ${values.seed}, ${seconds.toFixed(0)} s, ` +
      `${heldMegabytes.toFixed(0)} MB held: ${failures.length} failures\n`,
  );
  for (const failure of differing(failures)) tellFailure(failure);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

function fuzzFlowLogs(firstSeed: number, count: number): void {
  let failureCount = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed++)
    try {
      checkFlowLog(seed);
    } catch (error) {
      if (failureCount++ < smallestCountMax)
        process.stdout.write(`flow log of seed ${seed}: ${String(error)}\n`);
    }
  process.stdout.write(`${count} flow logs: ${failureCount} failures\n`);
  if (failureCount > 0) process.exitCode = 1;
}

async function fuzzPrivacy(firstSeed: number, count: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-privacy-"));
  let failureCount = 0;
  let packetCount = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed++)
    try {
      const left = await checkPrivacy(seed);
      packetCount += left.packets;
      if (seed % tsharkEvery === 0) await checkWithTshark(left, directory);
    } catch (error) {
      if (failureCount++ < smallestCountMax)
        process.stdout.write(`private capture of seed ${seed}: ${String(error)}\n`);
    }
  await rm(directory, { recursive: true, force: true });
  process.stdout.write(`${packetCount} private packets: ${failureCount} failures\n`);
  if (failureCount > 0) process.exitCode = 1;
}

async function fuzzKql(firstSeed: number, count: number): Promise<void> {
  const fuzzer = await openKqlFuzzer();
  let failureCount = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed++)
    await fuzzer.check(seed).catch((error: unknown) => {
      if (failureCount++ < smallestCountMax)
        process.stdout.write(`query of seed ${seed}: ${String(error)}\n`);
    });
  const { queries, stages, refused } = fuzzer.counts;
  await fuzzer.close();
  process.stdout.write(
    `${queries} queries of ${stages} stages, ${refused} more refused by name: ${failureCount} failures\n`,
  );
  if (failureCount > 0) process.exitCode = 1;
}

function tellProgress({ inputs, packets, seconds, failures }: CrewProgress): void {
  for (const { seed, reason } of failures.slice(toldFailureCount))
    process.stderr.write(`seed ${seed} failed: ${reason.split("\n")[0]}\n`);
  toldFailureCount = failures.length;
  if (seconds - toldSeconds < tellEverySeconds) return;
  toldSeconds = seconds;
  const rest = `${packets} packets, ${failures.length} failures`;
  process.stderr.write(`${seconds.toFixed(0)} s: ${inputs} inputs, ${rest}\n`);
}

/** One of each kind: failures of one place in the code say the same. */
function differing(failures: readonly FuzzFailure[]): FuzzFailure[] {
  const byReason = new Map<string, FuzzFailure>();
  for (const failure of failures) {
    const kind = failure.reason.split("\n").slice(0, 2).join("\n").replaceAll(/\d+/g, "N");
    if (!byReason.has(kind)) byReason.set(kind, failure);
  }
  return [...byReason.values()].slice(0, smallestCountMax);
}

function tellFailure({ seed, reason }: FuzzFailure): void {
  const path = writeSmallest(loadCorpus(captures), seed, resolve(values.output));
  process.stdout.write(
    `\nseed ${seed}: ${reason}\n  again: npm run fuzz -- --file ${path} --seed ${seed}\n`,
  );
}
