// `npm run bench -- NAME`: one measurement by name. What each measures, and what it takes, is in its own first lines,
// which `npm run bench -- NAME --help` shows.
import { readFileSync } from "node:fs";

const files = {
  blob: "./blob.ts",
  loop: "./loop.ts",
  "capture-start": "./capture-start.ts",
  "flight-recorder": "./flight-recorder.ts",
  inspection: "./inspection/run.ts",
  "inspection-change": "./inspection/change.ts",
  "inspection-privacy": "./inspection/privacy.ts",
  "packet-book": "./packet-book.ts",
  "web-inspect": "./web-inspect.ts",
  "first-page": "./page/first-page.ts",
  "packet-page": "./page/packet-list.ts",
  scale: "./scale/run.ts",
  storm: "./storm.ts",
  "dynamic-thresholds": "./dynamic-thresholds/run.ts",
  owners: "./owners.ts",
  "flows-read": "./flows/read.ts",
  "flows-ingest": "./flows/ingest.ts",
  "flows-small-blobs": "./flows/small-blobs.ts",
  "flows-insert": "./flows/insert.ts",
  "flows-follow": "./flows/follow.ts",
  "flows-meter": "./flows/meter.ts",
  "flows-classify": "./flows/classify.ts",
  "flows-translate": "./flows/translate.ts",
  "flows-query": "./flows/query.ts",
  "flows-latency": "./flows/latency.ts",
  "flows-views": "./flows/views.ts",
  "flows-rules": "./flows/rules.ts",
} as const;
/** It has options enough for a help of its own. */
const helpful: string = files.inspection;

const [, wanted] = Object.entries(files).find(([name]) => name === process.argv[2]) ?? [];
if (wanted === undefined) {
  const names = Object.keys(files).join(" | ");
  process.stderr.write(`usage: npm run bench -- ${names} [arguments]\n`);
  process.exitCode = 2;
} else if (process.argv.includes("--help") && wanted !== helpful) {
  process.stdout.write(`${firstLines(readFileSync(new URL(wanted, import.meta.url), "utf8"))}\n`);
} else {
  process.argv.splice(1, 2, new URL(wanted, import.meta.url).pathname);
  await import(wanted);
}

/** The comment at the head of a file. */
function firstLines(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^\/\/ ?/, ""))
    .join("\n");
}
