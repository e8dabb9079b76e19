// What a privacy policy costs beside editcap's cut and a plain copy, of the same captures in the same run.
//   npm run bench -- inspection-privacy [--size 100MB] [--kind mix|small] [--runs 3] [--work FOLDER]
// CPU time is user and system time of the process, in turns; the median of each counts. The ratios are to `editcap -s`,
// which cuts every packet at one length and looks into none.
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "./generate.ts";
import { compile, type Cost, measure, medianCost } from "./measure.ts";
import { readOptions } from "./options.ts";

const snapLengthBytes = 64;
const options = readOptions(process.argv.slice(2));
mkdirSync(options.work, { recursive: true });
const measurer = compile("measure", options.work, []);
if (measurer === null) throw new Error("measure.c does not compile; apt-get install gcc");

const key = join(options.work, "privacy.key");
writeFileSync(key, createHash("sha256").update("bench").digest("hex"));
const output = join(options.work, "privacy-output.pcapng");
const main = new URL("../../src/main.ts", import.meta.url).pathname;
const strip = (capture: string, ...args: string[]): string[] => {
  const said = ["strip", capture, "-o", output, "--force", "--privacy"];
  return [process.execPath, main, ...said, ...args];
};
const pseudonyms = ["--pseudonymise-key", key];

for (const kind of options.kinds) {
  const { pcapng, packets, sizeBytes } = generate({ ...options, kind });
  const commands: [name: string, command: string[]][] = [
    ["cp", ["cp", pcapng, output]],
    [`editcap -s ${snapLengthBytes}`, ["editcap", "-s", String(snapLengthBytes), pcapng, output]],
    ["headers-only", strip(pcapng, "headers-only")],
    ["keep-names", strip(pcapng, "keep-names")],
    ["headers-only, pseudonyms", strip(pcapng, "headers-only", ...pseudonyms)],
    ["keep-names, pseudonyms", strip(pcapng, "keep-names", ...pseudonyms)],
  ];
  const costs = new Map<string, Cost[]>(commands.map(([name]) => [name, []]));
  for (let run = 0; run < options.runCount; run++)
    for (const [name, command] of commands) costs.get(name)?.push(await costOf(command));
  process.stdout.write(`${kind}, ${packets} packets, ${(sizeBytes / 1e6).toFixed(0)} MB\n`);
  const cut = medianCost(costs.get(commands[1]?.[0] ?? "") ?? []);
  for (const [name, all] of costs) tell(name, medianCost(all), cut);
}
rmSync(output, { force: true });

async function costOf(command: readonly string[]): Promise<Cost> {
  rmSync(output, { force: true });
  const cost = await measure(command, { measurer: measurer ?? "", work: options.work });
  if (cost.status !== 0) throw new Error(`${command.join(" ")} ended with ${cost.status}`);
  return cost;
}

function tell(name: string, { cpuSeconds, peakMegabytes }: Cost, cut: Cost): void {
  const ratio = (cpuSeconds / cut.cpuSeconds).toFixed(2);
  process.stdout.write(
    `  ${name.padEnd(26)} ${cpuSeconds.toFixed(2)} s CPU, ${peakMegabytes.toFixed(0)} MB, ratio ${ratio}\n`,
  );
}
