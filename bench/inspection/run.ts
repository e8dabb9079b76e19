// Speed and memory of an inspection beside tools that read captures, all measured in the same run.
//   npm run bench -- inspection [--captures FOLDER] [--size 100MB] [--help]
// Needs gcc and libpcap-dev, and the peers: nfdump, argus-server, libndpi-bin, tshark. CPU time is user and system
// time of the process and its children; a peer that is not there is left out and named.
import { mkdirSync } from "node:fs";
import { generate, type CaptureKind, type GeneratedCapture } from "./generate.ts";
import { compile } from "./measure.ts";
import { readOptions, usage, type BenchOptions } from "./options.ts";
import { race, type RaceOptions, type Standing } from "./race.ts";
import { formatTable, growthTable, raceTable, type FormatRow, type GrowthRow } from "./table.ts";
import { findTools, type Tool } from "./tools.ts";

const growthSteps = [0.1, 0.3, 1] as const;

if (process.argv.includes("--help")) process.stdout.write(`${usage}\n`);
else await run(readOptions(process.argv.slice(2)));

async function run(options: BenchOptions): Promise<void> {
  mkdirSync(options.work, { recursive: true });
  const captures = options.kinds.map((kind) => make(options, kind));
  if (options.generateOnly) return print(JSON.stringify(captures, null, 2));
  const { present, missing } = findTools(options.work, options.tshark);
  const tools = present.filter(({ name }) => isWanted(options, name));
  const raceOptions = { ...options, measurer: measurerIn(options.work), onRun: tellRun };
  const races = [];
  for (const capture of captures)
    races.push({ capture, standings: await raceAll(tools, capture, raceOptions) });
  const formats = await compareFormats(tools, races, raceOptions);
  const growth = options.growth ? await grow(tools, options, raceOptions) : [];
  if (options.json) return print(JSON.stringify({ races, formats, growth, missing }, null, 2));
  const tables = races.map(({ capture, standings }) => raceTable(capture, standings));
  if (formats.length > 0) tables.push(formatTable(formats));
  if (growth.length > 0) tables.push(growthTable(growth));
  print([...tables, missing.map((line) => `not measured: ${line}`).join("\n")].join("\n\n"));
}

function measurerIn(work: string): string {
  const measurer = compile("measure", work, []);
  if (measurer === null) throw new Error("measure.c does not compile; apt-get install gcc");
  return measurer;
}

function isWanted({ only }: BenchOptions, name: string): boolean {
  return only.length === 0 || only.some((part) => name.includes(part));
}

function make(options: BenchOptions, kind: CaptureKind, share = 1): GeneratedCapture {
  const sizeBytes = Math.round(options.sizeBytes * share);
  process.stderr.write(`making ${kind}, ${(sizeBytes / 1e6).toFixed(0)} MB\n`);
  return generate({ ...options, kind, sizeBytes });
}

/** tshark takes minutes, so it has one run, and only on the mix. */
async function raceAll(
  tools: readonly Tool[],
  capture: GeneratedCapture,
  options: RaceOptions,
): Promise<Standing[]> {
  const measured = { path: capture.pcap, packets: capture.packets };
  const quick = tools.filter(({ name }) => name !== "tshark");
  const slow = capture.kind === "mix" ? tools.filter(({ name }) => name === "tshark") : [];
  const standings = await race(quick, measured, options);
  return [...standings, ...(await race(slow, measured, { ...options, runCount: 1 }))];
}

async function compareFormats(
  tools: readonly Tool[],
  races: readonly { capture: GeneratedCapture; standings: readonly Standing[] }[],
  options: RaceOptions,
): Promise<FormatRow[]> {
  const compared = tools.filter(({ isOurs, name }) => isOurs || name === "libpcap loop");
  const rows: FormatRow[] = [];
  for (const { capture, standings } of races) {
    const measured = { path: capture.pcapng, packets: capture.packets };
    for (const { tool, cpuSeconds } of await race(compared, measured, options)) {
      const pcap = standings.find((standing) => standing.tool === tool);
      rows.push({
        capture: capture.kind,
        tool,
        pcapCpuSeconds: pcap?.cpuSeconds ?? 0,
        pcapngCpuSeconds: cpuSeconds,
      });
    }
  }
  return rows;
}

/** The same kind of capture in three sizes. */
async function grow(
  tools: readonly Tool[],
  options: BenchOptions,
  raceOptions: RaceOptions,
): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  const ours = tools.filter(({ isOurs }) => isOurs);
  for (const kind of new Set<CaptureKind>([...options.kinds, "endless"])) {
    for (const share of growthSteps) {
      const capture = make(options, kind, share);
      const measured = { path: capture.pcap, packets: capture.packets };
      for (const standing of await race(ours, measured, raceOptions))
        rows.push(growthRow(capture, standing, rows));
    }
  }
  return rows;
}

function growthRow(
  capture: GeneratedCapture,
  standing: Standing,
  rows: readonly GrowthRow[],
): GrowthRow {
  const { tool, cpuSeconds, peakMegabytes } = standing;
  const first = rows.find((row) => row.capture === capture.kind && row.tool === tool);
  return {
    capture: capture.kind,
    tool,
    packets: capture.packets,
    cpuSeconds,
    peakMegabytes,
    packetRatio: first ? capture.packets / first.packets : 1,
    timeRatio: first ? cpuSeconds / first.cpuSeconds : 1,
  };
}

function tellRun(tool: string, index: number): void {
  process.stderr.write(`run ${index + 1}: ${tool}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
