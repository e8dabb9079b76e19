// One of the incidents through everything that is really there; `npm run test:incidents -- --real` plays all of them.
import { expect, test } from "vitest";
import { skipReason } from "../../bed/availability.ts";
import { deniedBurst } from "../scenarios/denied-burst.ts";
import { answerText } from "../table.ts";
import { verdictOf } from "../verdict.ts";
import { playReally } from "./play-really.ts";
import { isNamed } from "./told-text.ts";

const reason = skipReason();

// What the firewall denies is in no metric, and the alert's filter leaves no other packet in the capture: most can go wrong.
test.skipIf(reason !== null)(
  "a deny burst is named in the notification's first words",
  async () => {
    const played = await playReally(deniedBurst, 1);
    expect(verdictOf(played), answerText(played)).toEqual({
      kind: "right",
      culprit: "right",
      share: "right",
      process: "right",
    });
    expect(isNamed(played), played.told).toBe(true);
  },
);
