import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { inspect } from "../../src/inspection/inspect.ts";
import { renderHtmlReport } from "../../src/report/html-report.ts";
import { renderJsonReport } from "../../src/report/json-report.ts";
import { renderTextReport } from "../../src/report/text-report.ts";
import type { ReportInput } from "../../src/report/report-input.ts";
import { runNightcap } from "../cli/run-nightcap.ts";
import { chunksOf } from "../inspection/captures.ts";
import { background, connection, filler } from "../inspection/change/conversations.ts";
import { host, moment, Traffic } from "../inspection/change/traffic.ts";
import { pageOf } from "./page.ts";
import { capture, emptyInspection, sample } from "./sample-report.ts";

/** Six quiet seconds, and six of an upload. */
function traffic(): Traffic {
  const all = new Traffic();
  background(all, -6_000, 6_000);
  connection(
    all,
    200,
    { client: { address: host, port: 50_000 }, server: { address: "203.0.113.7", port: 443 } },
    Array.from({ length: 50 }, () => ({
      from: "client" as const,
      bytes: filler(14_000),
      after: 90,
    })),
  );
  return all;
}

async function input(): Promise<ReportInput> {
  const source = chunksOf(traffic().pcap());
  const inspection = await inspect(source, { change: { moment, metric: "bytesOut" } });
  return { inspection, capture, alert: null, createdAt: "2026-11-21T02:00:00.000Z" };
}

test("a report says what changed first: in its heading, a paragraph, a picture and a table", async () => {
  const told = await input();
  const page = renderHtmlReport(told);
  const { headings, tags } = pageOf(page);
  expect(headings[0]).toMatch(/^Exfiltration \(likely\): 203\.0\.113\.7:443, .* of what grew$/);
  expect(headings.slice(1, 3)).toEqual(["What changed", "What the packets say"]);
  const bars = tags.filter(({ name, depthOfSvg }) => name === "rect" && depthOfSvg === 1);
  expect(bars.some((bar) => bar.attributes["class"] === "f-bar")).toBe(true);
  expect(bars.some((bar) => bar.attributes["class"] === "f-out")).toBe(true);
  expect(page).toContain("This has the shape of an exfiltration");
  expect(page).toContain("asked about 01:58:16 UTC");
});

test("the text of a notification begins with the answer's sentence, whole", async () => {
  const told = await input();
  const [first = ""] = renderTextReport(told).split("\n");
  expect(first).toBe(`${capture.host}: ${told.inspection.change?.sentence}`);
});

test("the JSON has the answer, and null where nobody asked", async () => {
  const told = await input();
  const json: { change: unknown } = JSON.parse(renderJsonReport(told));
  expect(json.change).toEqual(told.inspection.change);
  const without: { change: unknown } = JSON.parse(renderJsonReport(sample()));
  expect(without.change).toBeNull();
  expect(renderHtmlReport(sample({ inspection: emptyInspection }))).not.toContain("What changed");
});

test("nightcap inspect --moment prints it, and names the process that an owners file knows", async () => {
  const directory = mkdtempSync(join(tmpdir(), "nightcap-change-"));
  const file = join(directory, "upload.pcap");
  const owners = join(directory, "upload.owners.jsonl");
  writeFileSync(file, traffic().pcap());
  const seen = {
    cgroup: null,
    unit: null,
    container: null,
    firstSeen: moment,
    lastSeen: moment + 5_000,
  };
  const socket = { protocol: "tcp", localAddress: host, localPort: 50_000 };
  const remote = { remoteAddress: "203.0.113.7", remotePort: 443 };
  const program = {
    pid: 812,
    executable: "/usr/bin/curl",
    commandLine: "curl -T -",
    uid: 1_000,
    user: null,
  };
  writeFileSync(owners, `${JSON.stringify({ ...socket, ...remote, ...program, ...seen })}\n`);
  const at = new Date(moment).toISOString();
  const asked = ["--moment", at, "--metric", "bytes-out", "--owners", owners];
  const { code, stdout } = await runNightcap("inspect", file, ...asked);
  expect(code).toBe(0);
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(
    "203.0.113.7:443 (tls), curl (pid 812, uid 1000)",
  );
  const json = await runNightcap("inspect", "--json", file, ...asked);
  expect(JSON.parse(json.stdout)).toMatchObject({ change: { kind: "exfiltration" } });
  const wrong = await runNightcap("inspect", file, "--moment", "yesterday");
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain("expected a time as 2026-11-21T01:58:16Z");
});
