import { isDeepStrictEqual } from "node:util";
import type { ChangeAnswer, ChangeMetric } from "../../src/inspection/change/change-answer.ts";
import { inspect } from "../../src/inspection/inspect.ts";
import type { Inspection } from "../../src/inspection/inspection.ts";
import type { FuzzInput } from "./input.ts";

const metrics: readonly ChangeMetric[] = [
  "bytesOut",
  "bytesIn",
  "packetsOut",
  "packetsIn",
  "connections",
  "retransmissions",
  "latency",
  "denied",
];

/** Asks what changed somewhere in the capture: the answer holds together, and the inspection stays as it is. */
export async function checkChange(
  inspection: Inspection,
  source: () => AsyncIterable<Uint8Array>,
  random: FuzzInput["random"],
): Promise<void> {
  if (random.below(4) !== 0) return;
  const first = Number(BigInt(inspection.file.firstTime ?? "0") / 1_000_000n);
  const moment = first + random.below(20_000) - 5_000;
  const metric = metrics[random.below(metrics.length)] ?? "bytesOut";
  const { change, ...rest } = await inspect(source(), { change: { moment, metric } });
  if (!change) throw new Error("no answer to what changed");
  checkAnswer(change);
  for (const [name, value] of Object.entries(inspection))
    if (!isDeepStrictEqual(rest[name as keyof typeof rest], value))
      throw new Error(`${name} is another where what changed was asked for`);
}

function checkAnswer(change: ChangeAnswer): void {
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(change)), change))
    throw new Error("an answer that JSON cannot hold");
  if (/NaN|undefined|Infinity/.test(change.sentence)) throw new Error(change.sentence);
  for (const { by, rows, otherShare } of change.parts) {
    // Shares have six digits; as whole numbers they add up exactly.
    const millionths = (share: number): number => Math.round(share * 1e6);
    const whole = rows.reduce((all, { share }) => all + millionths(share), millionths(otherShare));
    if (!(whole <= 1e6)) throw new Error(`shares by ${by} are ${whole} millionths together`);
  }
}
