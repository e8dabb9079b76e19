import { expect, test } from "vitest";
import { previewText } from "../../src/cli/alerts/preview-text.ts";

const target =
  "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-1";
const none = {
  from: "2026-11-21T00:00:00.000Z",
  to: "2026-11-22T00:00:00.000Z",
  firings: [],
  firingCount: 0,
  evaluatedCount: 1_440,
  stepSeconds: 60,
  missing: [],
  learning: [],
  learnedEverySeconds: null,
  omittedTargetCount: 0,
  isCut: false,
};

test("a rule that would not have fired", () => {
  expect(previewText(none)).toMatchInlineSnapshot(`
    "would not have fired from 2026-11-21T00:00:00.000Z to 2026-11-22T00:00:00.000Z
    evaluated 1440 times, one every 60 s"
  `);
});

test("each alert, and what limits the answer", () => {
  const fired = { target, from: "2026-11-21T02:00:00.000Z", to: null, value: 12.5 };
  const span = { target, from: none.from, to: "2026-11-21T01:00:00.000Z" };
  const text = previewText({
    ...none,
    firings: [
      { ...fired, dimensions: [{ name: "Interface", value: "eth0\u001b[2J" }] },
      { ...fired, to: "2026-11-21T03:00:00.000Z", dimensions: [] },
    ],
    firingCount: 2,
    missing: [span],
    learning: Array.from({ length: 12 }, () => span),
    learnedEverySeconds: 7_200,
    omittedTargetCount: 3,
    isCut: true,
  });
  expect(text.split("\n").filter((line) => !line.startsWith("too little"))).toMatchInlineSnapshot(`
    [
      "would have fired 2 times from 2026-11-21T00:00:00.000Z to 2026-11-22T00:00:00.000Z",
      "  2026-11-21T02:00:00.000Z  lasts  value 12.5  web-1  Interface=eth0�[2J",
      "  2026-11-21T02:00:00.000Z  until 2026-11-21T03:00:00.000Z  value 12.5  web-1",
      "evaluated 1440 times, one every 60 s",
      "nothing was measured from 2026-11-21T00:00:00.000Z to 2026-11-21T01:00:00.000Z (web-1)",
      "what is expected was learned every 2 hours; a rule learns it each hour",
      "3 more targets were not looked at",
      "some windows had more series than one evaluation looks at",
    ]
  `);
  expect(text).toContain("too little was known to expect anything in 2 more spans");
});
