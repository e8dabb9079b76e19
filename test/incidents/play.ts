import { createReadStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChangeAnswer } from "../../src/inspection/change/change-answer.ts";
import { explainChange } from "../../src/inspection/change/explain-change.ts";
import { createOwnerIndex } from "../../src/inspection/change/owner-index.ts";
import { ownersOf, watchOf } from "../owner/watching.ts";
import { startRecording } from "./recording.ts";
import type { Culprit, Scenario, Timing } from "./scenario.ts";
import { openStage, startBystanders, startQuietClient } from "./stage.ts";
import { seenPackets, trueShare } from "./true-share.ts";

/** What really happened, and what was answered. */
export interface Played {
  scenario: Scenario;
  seed: number;
  culprit: Culprit;
  /** Of the increase, 0 to 1; null where nothing has one. */
  share: number | null;
  packetCount: number;
  answer: ChangeAnswer;
}

/** Until a program that was just started talks. */
const settleMilliseconds = 1_000;

/** Plays one incident in a bed of its own, records it, and asks what changed. */
export async function play(scenario: Scenario, seed: number, timing: Timing): Promise<Played> {
  const stage = await openStage(seed);
  const { bed } = stage;
  const watch = await watchOf(bed.netnsName("vm"));
  try {
    const begin = await scenario.prepare(stage);
    startQuietClient(stage);
    await sleep(settleMilliseconds);
    const recording = await startRecording(bed);
    const from = Date.now();
    await sleep(timing.beforeMilliseconds);
    const start = Date.now();
    const culprit = await begin();
    if (seed % 2 === 0) startBystanders(stage, scenario.metric);
    await sleep(timing.afterMilliseconds);
    const owners = await ownersOf(watch, from);
    await recording.end();
    const packets = await seenPackets(recording.path);
    const { metric } = scenario;
    const answer = await explainChange(createReadStream(recording.path), {
      moment: start + timing.alertDelayMilliseconds,
      metric,
      owners: createOwnerIndex(owners),
      localAddresses: owners.summary?.localAddresses ?? [],
    });
    const share = trueShare(packets, { metric, start, part: culprit.part });
    return { scenario, seed, culprit, share, packetCount: packets.length, answer };
  } finally {
    await watch.close();
    await bed.close();
  }
}
