import { fileURLToPath } from "node:url";
import type { ChangeMetric } from "../../src/inspection/change/change-answer.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { seededRandom } from "./programs/random.mjs";
import { hosts, type Stage } from "./scenario.ts";

/** Beneath what makes an incident, and enough to be seen beside one. */
const bystanderBytesPerSecond = 300_000;
const bystanderSeed = 1_000;

const pathOf = (program: string): string =>
  fileURLToPath(new URL(`programs/${program}.mjs`, import.meta.url));

/** A bed with what a quiet host does all day, so that there is a before. */
export async function openStage(seed: number): Promise<Stage> {
  const bed = await openTestBed();
  const stage = stageIn(bed, seed);
  await bed.startServer("node", "internet");
  stage.node("internet", "quiet-server", "0.0.0.0");
  stage.node("client", "quiet-server", hosts.neighbour);
  return stage;
}

export function startQuietClient({ node, seed }: Stage): void {
  node("vm", "quiet-client", seed, hosts.outside, hosts.neighbour);
}

/** Harmless traffic that grows at the same time, so that the incident has not all of the increase. */
export function startBystanders({ node, seed }: Stage, metric: ChangeMetric): void {
  const another = seed + bystanderSeed;
  for (const one of [another, another + 1])
    node("vm", "quiet-client", one, hosts.outside, hosts.neighbour);
  // Of packets it would be more than any incident.
  if (metric.startsWith("bytes"))
    node("vm", "steady-upload", `http://${hosts.outside}:8080/log`, bystanderBytesPerSecond);
}

function stageIn(bed: TestBed, seed: number): Stage {
  const spawn: Stage["spawn"] = (host, program, ...args) =>
    bed.spawn(host, program, args.map(String), { stdio: ["ignore", "ignore", "inherit"] });
  return {
    bed,
    seed,
    random: seededRandom(seed),
    spawn,
    node: (host, program, ...args) => spawn(host, process.execPath, pathOf(program), ...args),
  };
}
