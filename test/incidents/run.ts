// Plays the incidents, and what only looks like one, one after the other, prints each answer and a table: `npm run test:incidents [-- NAME...]`.
// NIGHTCAP_SEEDS=3 plays each that often, differently. With --real the incidents alone go through a control plane, an agent
// with its flight recorder, an alert, a capture and the notification, and the table says how long that took.
import { parseArgs } from "node:util";
import { play, type Played } from "./play.ts";
import type { Scenario, Timing } from "./scenario.ts";
import { nearMisses } from "./near-misses/near-misses.ts";
import { scenarios } from "./scenarios/scenarios.ts";
import { playReally } from "./real/play-really.ts";
import { isNamed, toldText } from "./real/told-text.ts";
import { answerText, tableText } from "./table.ts";
import { isRight, verdictOf } from "./verdict.ts";

const seedCount = Number(process.env["NIGHTCAP_SEEDS"] ?? "1");
const { values, positionals: wanted } = parseArgs({
  options: { real: { type: "boolean", default: false } },
  allowPositionals: true,
});
const chosen = [...scenarios, ...(values.real ? [] : nearMisses)].filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);

const timingOf = (seed: number): Timing => ({
  beforeMilliseconds: 7_000 + (seed % 3) * 1_500,
  afterMilliseconds: 7_000 + (seed % 2) * 2_000,
  alertDelayMilliseconds: (seed % 4) * 1_000,
});

const all: Played[] = [];
const failed: string[] = [];
for (let seed = 1; seed <= seedCount; seed++) {
  for (const scenario of chosen) {
    const played = await playText(scenario, seed).catch((error: unknown) => {
      failed.push(`${scenario.name} (seed ${seed}): ${String(error)}`);
      return null;
    });
    if (!played) continue;
    const [one, text] = played;
    all.push(one);
    process.stdout.write(`${text}\n\n`);
  }
}
process.stdout.write(`${tableText(all)}\n${failed.map((line) => `FAILED ${line}\n`).join("")}`);
const isAllRight = all.length > 0 && all.every((one) => isRight(verdictOf(one)));
process.exitCode = isAllRight && failed.length === 0 ? 0 : 1;

async function playText(scenario: Scenario, seed: number): Promise<[Played, string]> {
  if (values.real) {
    const really = await playReally(scenario, seed);
    if (!isNamed(really)) failed.push(`${scenario.name} (seed ${seed}) is not named`);
    return [really, toldText(really)];
  }
  const played = await play(scenario, seed, timingOf(seed));
  return [played, answerText(played)];
}
