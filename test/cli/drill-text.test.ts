import { expect, test } from "vitest";
import { drillText, wrap } from "../../src/cli/drill/drill-text.ts";

const sentence = "Bytes out rose from 9.67 kB/s to 1.49 MB/s. ".repeat(4).trim();
const story = {
  report: { text: `web-1: ${sentence}\n12 packets`, link: "https://h/r", path: "/r.html" },
  incident: { summary: "1 alert", answer: { sentence, reportLink: null }, captures: [] },
  incidentId: "a1",
  captureName: "one",
  state: "/elsewhere",
};

test("the answer is told once and first, and how to look at the incident at the end", () => {
  const text = drillText(story);
  expect(text.split("\n").slice(1, 3)).toEqual([
    "The answer",
    expect.stringMatching(/^ {2}Bytes out/) as string,
  ]);
  expect(text.replaceAll(/\s+/g, " ").split(sentence)).toHaveLength(2);
  expect(text).toContain("  npm run nightcap -- incidents show a1 --state /elsewhere\n");
  expect(text).toContain("Report: /r.html\n        https://h/r\n");
});

test("without an answer it says so, and leaves nothing of the report out", () => {
  const text = drillText({ ...story, incident: { ...story.incident, answer: null } });
  expect(text).toContain("No answer: the packets do not say what changed");
  expect(text).toContain(`  web-1: ${sentence}\n  12 packets`);
});

test("lines break at spaces and hold every word", () => {
  const lines = wrap(sentence);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.every((line) => line.length <= 96)).toBe(true);
  expect(lines.map((line) => line.trim()).join(" ")).toBe(sentence);
  expect(wrap("x".repeat(300))).toEqual([`  ${"x".repeat(300)}`]);
});
