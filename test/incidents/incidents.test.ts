// Three of the incidents at once, each in a bed of its own; `npm run test:incidents` plays all of them.
import { describe, expect, test } from "vitest";
import { skipReason } from "../bed/availability.ts";
import { play } from "./play.ts";
import { dnsTunnel } from "./scenarios/dns-tunnel.ts";
import { exfiltration } from "./scenarios/exfiltration.ts";
import { scanOut } from "./scenarios/scan-out.ts";
import { answerText } from "./table.ts";
import { verdictOf } from "./verdict.ts";

const reason = skipReason();
if (reason !== null) console.warn(reason);

const timing = {
  beforeMilliseconds: 4_000,
  afterMilliseconds: 4_000,
  alertDelayMilliseconds: 1_000,
};

describe.skipIf(reason !== null)("incidents with known truth", () => {
  test.concurrent.for([exfiltration, dnsTunnel, scanOut])("$name", async (scenario) => {
    const played = await play(scenario, 7, timing);
    expect(verdictOf(played), answerText(played)).toEqual({
      kind: "right",
      culprit: "right",
      share: "right",
      process: "right",
    });
  });
});
