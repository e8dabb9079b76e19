// Plays the incidents, and what only looks like one, one after the other, prints each answer and a table: `npm run test:incidents [-- NAME...]`.
// NIGHTCAP_SEEDS=3 plays each that often, differently.
import { play, type Played } from "./play.ts";
import type { Timing } from "./scenario.ts";
import { nearMisses } from "./near-misses/near-misses.ts";
import { scenarios } from "./scenarios/scenarios.ts";
import { answerText, tableText } from "./table.ts";
import { isRight, verdictOf } from "./verdict.ts";

const seedCount = Number(process.env["NIGHTCAP_SEEDS"] ?? "1");
const wanted = process.argv.slice(2);
const chosen = [...scenarios, ...nearMisses].filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);

const timingOf = (seed: number): Timing => ({
  beforeMilliseconds: 7_000 + (seed % 3) * 1_500,
  afterMilliseconds: 7_000 + (seed % 2) * 2_000,
  alertDelayMilliseconds: (seed % 4) * 1_000,
});

const all: Played[] = [];
for (let seed = 1; seed <= seedCount; seed++) {
  for (const scenario of chosen) {
    const played = await play(scenario, seed, timingOf(seed));
    all.push(played);
    process.stdout.write(`${answerText(played)}\n\n`);
  }
}
process.stdout.write(`${tableText(all)}\n`);
process.exitCode = all.length > 0 && all.every((one) => isRight(verdictOf(one))) ? 0 : 1;
