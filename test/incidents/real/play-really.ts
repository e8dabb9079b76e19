// An incident through everything that is really there: the host's flight recorder, an alert, a capture that looks back, its
// upload and inspection, and the notification that a receiver got.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getCapture } from "../../../src/cli/capture-resources.ts";
import type { ChangeAnswer } from "../../../src/inspection/change/change-answer.ts";
import { download } from "../../e2e/download.ts";
import { type Installation, openInstallation } from "../../e2e/installation.ts";
import type { Played } from "../play.ts";
import type { Scenario } from "../scenario.ts";
import { openStage, startBystanders, startQuietClient } from "../stage.ts";
import { seenPackets, trueShare } from "../true-share.ts";
import { setAlarm } from "./alarm.ts";

/** What a receiver was told of an incident, and after how long. */
export interface ReallyPlayed extends Played {
  /** What raised the alert. */
  source: string;
  /** The notification's text. */
  told: string;
  /** From the incident's begin to the notification. */
  milliseconds: number;
  /** Seconds of the capture from before the incident. */
  secondsBefore: number;
}

const settings = {
  captureSeconds: 6,
  flowSettings: { flushSeconds: 0.5, continueSeconds: 1 },
  flightRecorder: { enabled: true, sizeBytesMax: 32 << 20 },
  serverSettings: {
    lookBackSeconds: 20,
    flows: { rowMilliseconds: 100 },
    alerts: { logDelaySeconds: 1, flowRules: false },
  },
};
/** What the ring has of a usual day when the incident begins. */
const quietMilliseconds = 9_000;
const toldMillisecondsMax = 90_000;

export async function playReally(scenario: Scenario, seed: number): Promise<ReallyPlayed> {
  const stage = await openStage(seed);
  const { bed } = stage;
  let installation: Installation | undefined;
  try {
    const begin = await (scenario.prepareLogged ?? scenario.prepare)(stage);
    startQuietClient(stage);
    installation = await openInstallation(bed, settings);
    const opened = installation;
    const alarm = await setAlarm(scenario.metric, { bed, installation: opened });
    await sleep(quietMilliseconds);
    const start = Date.now();
    const culprit = await begin();
    if (seed % 2 === 0) startBystanders(stage, scenario.metric);
    const limit = AbortSignal.timeout(toldMillisecondsMax);
    await alarm.watch(limit);
    const told = await untilTold(opened, limit);
    const milliseconds = Date.now() - start;
    const capture = await getCapture(opened.client, told.captureName);
    const answer = await readAnswer(capture.properties.nightcap?.report?.path ?? "");
    const path = join(bed.directory, "incident.cap");
    await download(opened, capture, path);
    const packets = await seenPackets(path);
    const share = trueShare(packets, { metric: scenario.metric, start, part: culprit.part });
    const secondsBefore = (start - Math.min(...packets.map(({ time }) => time))) / 1_000;
    return {
      scenario,
      seed,
      culprit,
      share,
      packetCount: packets.length,
      answer,
      source: alarm.source,
      told: told.text,
      milliseconds,
      secondsBefore,
    };
  } catch (cause) {
    const logs = (await installation?.logs()) ?? "nothing ran";
    throw new Error(`${scenario.name}: ${String(cause)}\n${logs.slice(-4_000)}`, { cause });
  } finally {
    await installation?.close();
    await bed.close();
  }
}

async function untilTold(
  { received }: Installation,
  limit: AbortSignal,
): Promise<{ text: string; captureName: string }> {
  for (;;) {
    const told = received.find(({ path }) => path === "/notification");
    const capture = told?.body["capture"] as { name: string } | null | undefined;
    if (told && capture) return { text: String(told.body["text"]), captureName: capture.name };
    if (told) throw new Error(`told without a capture: ${String(told.body["text"])}`);
    limit.throwIfAborted();
    await sleep(20);
  }
}

async function readAnswer(reportPath: string): Promise<ChangeAnswer> {
  const text = await readFile(join(dirname(reportPath), "report.json"), "utf8");
  const { change } = JSON.parse(text) as { change: ChangeAnswer | null };
  if (!change) throw new Error("the report has no answer");
  return change;
}
