// What the answer to an alert costs beside the inspection that it is made in, of the same captures in the same run.
//   npm run bench -- inspection-change [--size 100MB] [--kind mix|small] [--runs 3] [--work FOLDER]
// CPU time is user and system time of the process, with and without `--moment` in turns; the median of each counts.
import { createReadStream, mkdirSync } from "node:fs";
import { inspect } from "../../src/inspection/inspect.ts";
import { generate, type GeneratedCapture } from "./generate.ts";
import { compile, type Cost, measure, medianCost } from "./measure.ts";
import { readOptions } from "./options.ts";

const options = readOptions(process.argv.slice(2));
mkdirSync(options.work, { recursive: true });
const measurer = compile("measure", options.work, []);
if (measurer === null) throw new Error("measure.c does not compile; apt-get install gcc");

const nightcap = [
  process.execPath,
  new URL("../../src/main.ts", import.meta.url).pathname,
  "inspect",
  "--json",
];

for (const kind of options.kinds) {
  const capture = generate({ ...options, kind });
  const asked = ["--moment", await middleOf(capture), "--metric", "bytes-out"];
  const without: Cost[] = [];
  const withAnswer: Cost[] = [];
  for (let run = 0; run < options.runCount; run++) {
    without.push(await costOf([...nightcap, capture.pcap]));
    withAnswer.push(await costOf([...nightcap, ...asked, capture.pcap]));
  }
  tell(capture, medianCost(without), medianCost(withAnswer));
}

/** The moment in the middle, as `--moment` takes it. */
async function middleOf({ pcap }: GeneratedCapture): Promise<string> {
  const { file } = await inspect(createReadStream(pcap), { depth: "transport" });
  const first = BigInt(file.firstTime ?? "0");
  const last = BigInt(file.lastTime ?? "0");
  return new Date(Number((first + last) / 2_000_000n)).toISOString();
}

async function costOf(command: readonly string[]): Promise<Cost> {
  const cost = await measure(command, { measurer: measurer ?? "", work: options.work });
  if (cost.status !== 0) throw new Error(`${command.join(" ")} ended with ${cost.status}`);
  return cost;
}

function tell({ kind, packets, sizeBytes }: GeneratedCapture, plain: Cost, asked: Cost): void {
  const ratio = asked.cpuSeconds / plain.cpuSeconds;
  process.stdout.write(
    `${kind}, ${packets} packets, ${(sizeBytes / 1e6).toFixed(0)} MB: ` +
      `without ${plain.cpuSeconds.toFixed(2)} s CPU, ${plain.peakMegabytes.toFixed(0)} MB; ` +
      `with the answer ${asked.cpuSeconds.toFixed(2)} s CPU, ${asked.peakMegabytes.toFixed(0)} MB; ` +
      `ratio ${ratio.toFixed(2)}\n`,
  );
}
