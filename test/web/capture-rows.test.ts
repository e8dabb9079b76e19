import { expect, test } from "vitest";
import type { Capture } from "../../src/web/api/capture.ts";
import { clockText } from "../../src/web/pages/captures/amounts.ts";
import {
  type CaptureQuestion,
  type CaptureRow,
  entriesOf,
  filterRows,
  readOrder,
  rowsOf,
  sortRows,
} from "../../src/web/pages/captures/capture-rows.ts";

const now = Date.UTC(2026, 10, 21, 2);
const watcher = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkWatchers/w";

function capture(name: string, changes: Partial<Capture["properties"]> = {}): Capture {
  return {
    id: `${watcher}/packetCaptures/${name}`,
    name,
    properties: {
      target: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-1",
      provisioningState: "Succeeded",
      timeLimitInSeconds: 60,
      ...changes,
    },
  };
}
const recording = (
  phase: "recording" | "finished",
  more: object = {},
): { nightcap: NonNullable<Capture["properties"]["nightcap"]> } => ({
  nightcap: { sessionId: "1", phase, createdTime: new Date(now).toISOString(), ...more },
});

const anything: CaptureQuestion = {
  text: "",
  host: null,
  phase: null,
  rule: null,
  class: null,
  held: null,
  time: null,
};
const captures = [
  capture("a-10", recording("recording", { packets: 5, sizeBytes: 900 })),
  capture("a-9", recording("finished", { packets: 50, class: "evidence", hold: { reason: "x" } })),
  capture("old", recording("finished", { createdTime: new Date(now - 7_200_000).toISOString() })),
  capture(
    "bad",
    recording("finished", { errors: [{ code: "DiskFull", message: "disk is full" }] }),
  ),
];
const incidents = [
  {
    incidentId: "i1",
    recordings: [{ captureId: captures[0]?.id.toUpperCase() ?? "", rule: "high out" }],
  },
];
const rows = rowsOf(captures, incidents);
const names = (found: readonly CaptureRow[]): string[] => found.map(({ name }) => name);
const found = (changes: Partial<CaptureQuestion>): string[] =>
  names(filterRows(rows, { ...anything, ...changes }, now));

test("every filter narrows the list, and words are looked for everywhere", () => {
  expect(found({})).toEqual(["a-10", "a-9", "old", "bad"]);
  expect(found({ text: "WEB-1 disk" })).toEqual(["bad"]);
  expect(found({ text: "high" })).toEqual(["a-10"]);
  expect(found({ rule: "high out" })).toEqual(["a-10"]);
  expect(found({ phase: "recording" })).toEqual(["a-10"]);
  expect(found({ phase: "failed" })).toEqual(["bad"]);
  expect(found({ class: "evidence" })).toEqual(["a-9"]);
  expect(found({ held: "yes" })).toEqual(["a-9"]);
  expect(found({ time: "hour" })).toEqual(["a-10", "a-9", "bad"]);
  expect(found({ host: "web-2" })).toEqual([]);
});

test("names are sorted by their numbers, amounts that are not known come last from the top", () => {
  const sorted = (text: string): string[] => names(sortRows(rows, readOrder(text)));
  expect(sorted("name")).toEqual(["a-9", "a-10", "bad", "old"]);
  expect(sorted("-packets").slice(0, 2)).toEqual(["a-9", "a-10"]);
  expect(sorted("-size")[0]).toBe("a-10");
  expect(sorted("nonsense").at(-1)).toBe("old");
});

test("captures of one group stand together below it, and a scale set opens", () => {
  const members = [{ instanceId: "web-1", storagePath: "", sessionId: "m", phase: "finished" }];
  const grouped = rowsOf(
    [
      capture("one", { nightcapGroup: "g" }),
      capture("alone", { nightcapGroup: "h" }),
      capture("two", { nightcapGroup: "g" }),
      capture("set", recording("finished", { members })),
    ],
    [],
  );
  const lines = (...turned: string[]): string[] =>
    entriesOf(grouped, new Set(turned)).map((entry) =>
      entry.kind === "group"
        ? `group ${entry.name}`
        : entry.kind === "member"
          ? `member ${entry.member.instanceId}`
          : `${entry.isIn ? "in " : ""}${entry.row.name}`,
    );
  expect(lines()).toEqual(["group g", "in one", "in two", "alone", "set"]);
  const setId = grouped[3]?.id ?? "";
  expect(lines("group g", setId)).toEqual(["group g", "alone", "set", "member web-1"]);
});

test("twenty thousand captures are found, sorted and grouped within a frame or two", () => {
  const many = Array.from({ length: 20_000 }, (_, at) =>
    capture(`c${at}`, {
      ...recording("finished", { packets: at % 997 }),
      nightcapGroup: `g${at % 9_000}`,
    }),
  );
  const all = rowsOf(many, []);
  const begun = performance.now();
  const narrowed = filterRows(all, { ...anything, text: "c1" }, now);
  const entries = entriesOf(sortRows(narrowed, readOrder("-packets")), new Set());
  expect(entries.length).toBeGreaterThan(narrowed.length);
  expect(performance.now() - begun).toBeLessThan(1_000);
});

test.each([
  [0, "0:00"],
  [12.9, "0:12"],
  [65, "1:05"],
  [3_909, "1:05:09"],
  [-3, "0:00"],
])("%d s are %s", (seconds, text) => {
  expect(clockText(seconds)).toBe(text);
});
