import { isDeepStrictEqual } from "node:util";
import { inspect } from "../../src/inspection/inspect.ts";
import type { Inspection } from "../../src/inspection/inspection.ts";
import { changeMetrics, checkAnswer } from "../inspection/change/check-answer.ts";
import type { FuzzInput } from "./input.ts";

/** Asks what changed somewhere in the capture: the answer holds together, and the inspection stays as it is. */
export async function checkChange(
  inspection: Inspection,
  source: () => AsyncIterable<Uint8Array>,
  random: FuzzInput["random"],
): Promise<void> {
  if (random.below(4) !== 0) return;
  const first = Number(BigInt(inspection.file.firstTime ?? "0") / 1_000_000n);
  const moment = first + random.below(20_000) - 5_000;
  const metric = changeMetrics[random.below(changeMetrics.length)] ?? "bytesOut";
  const { change, ...rest } = await inspect(source(), { change: { moment, metric } });
  if (!change) throw new Error("no answer to what changed");
  checkAnswer(change);
  for (const [name, value] of Object.entries(inspection))
    if (!isDeepStrictEqual(rest[name as keyof typeof rest], value))
      throw new Error(`${name} is another where what changed was asked for`);
}
