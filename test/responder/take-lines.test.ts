import { expect, test } from "vitest";
import type { AlertEntry } from "../../src/alert/sources/source.ts";
import type { AlertResult } from "../../src/responder/accept-alerts.ts";
import type { FollowedFileSettings } from "../../src/common/alert-file.ts";
import { takeLines } from "../../src/responder/take-lines.ts";
import { sampleText } from "../alert/sources/bodies.ts";

const eve = sampleText("suricata.jsonl").trim().split("\n");

/** What was accepted of the lines, and what was counted. */
async function take(
  lines: readonly string[],
  change: Partial<FollowedFileSettings> = {},
  status: AlertResult["status"] = "accepted",
) {
  const accepted: string[] = [];
  const counted: string[] = [];
  const file: FollowedFileSettings = { path: "", source: "suricata", severityMax: 4, ...change };
  const accept = async (entries: readonly AlertEntry[]): Promise<AlertResult[]> =>
    entries.map((entry) => {
      const rule = entry.kind === "alert" ? entry.alert.ruleName : null;
      accepted.push(rule ?? entry.kind);
      return {
        source: entry.source,
        rule,
        status,
        reason: "full",
        error: null,
        jobs: [],
        duplicate: false,
      };
    });
  await takeLines(lines, { file, accept, countLine: (outcome) => void counted.push(outcome) });
  return { accepted, counted };
}

test("alerts are taken, other events are passed over, and what cannot be read is counted", async () => {
  expect(await take([...eve, '{"event_type":"alert"', "not json"])).toEqual({
    accepted: ["GPL ATTACK_RESPONSE id check returned root", "ET SCAN Potential SSH Scan"],
    counted: ["passedOver", "alert", "alert", "unreadable", "passedOver"],
  });
});

test("alerts below the file's severity are passed over", async () => {
  const { accepted, counted } = await take(eve, { severityMax: 1 });
  expect(accepted).toEqual(["ET SCAN Potential SSH Scan"]);
  expect(counted).toEqual(["passedOver", "passedOver", "alert"]);
});

test("when one could not be recorded all lines come again", async () => {
  await expect(take(eve, {}, "failed")).rejects.toThrow("2 alerts could not be recorded: full");
});
