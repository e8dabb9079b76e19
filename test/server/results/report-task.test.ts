import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { ChangeRequest } from "../../../src/server/results/change-request.ts";
import {
  changeMetricOf,
  coveredFrom,
  momentOf,
} from "../../../src/server/results/change-request.ts";
import {
  type FactsSource,
  type HistorySource,
  runReportTask,
} from "../../../src/server/results/report-task.ts";
import { background, connection, filler } from "../../inspection/change/conversations.ts";
import { host, moment, Traffic } from "../../inspection/change/traffic.ts";
import { alert, capture } from "../../report/sample-report.ts";

const peer = "203.0.113.7";

function upload(): Uint8Array {
  const traffic = new Traffic();
  background(traffic, -5_000, 5_000);
  connection(
    traffic,
    200,
    { client: { address: host, port: 50_000 }, server: { address: peer, port: 443 } },
    Array.from({ length: 40 }, () => ({
      from: "client" as const,
      bytes: filler(14_000),
      after: 90,
    })),
  );
  return traffic.pcap();
}

const owners = (): Readable => {
  const remote = { remoteAddress: peer, remotePort: 443, cgroup: null, unit: null };
  const process = { pid: 812, executable: "/usr/bin/curl", commandLine: "curl", uid: 1_000 };
  const line = { protocol: "tcp", localAddress: host, localPort: 50_000, ...remote, ...process };
  const times = { user: null, container: null, firstSeen: moment, lastSeen: moment + 4_000 };
  return Readable.from([Buffer.from(`${JSON.stringify({ ...line, ...times })}\n`)]);
};

const asked: ChangeRequest = {
  moment,
  momentName: "the alert",
  from: null,
  metric: "bytesOut",
  localAddresses: [host],
  baselines: [],
};

async function report({
  historyOf = () => Promise.resolve(null),
  ...options
}: {
  change: ChangeRequest | null;
  factsOf: FactsSource;
  historyOf?: HistorySource;
}) {
  const directory = mkdtempSync(join(tmpdir(), "nightcap-report-"));
  const traffic = { settingsPath: join(directory, "traffic.json"), stateDirectory: directory };
  const context = { capture, alert, createdAt: "2026-11-21T02:00:00.000Z" };
  const files = { capture: Readable.from([Buffer.from(upload())]), owners: owners() };
  const task = { directory, key: null, context, traffic, historyOf, indexed: null, ...options };
  const answer = await runReportTask(files, task, AbortSignal.timeout(60_000));
  return { answer, directory };
}

test("a report's worker names the process from the owners file and asks about the addresses it found", async () => {
  const questions: (readonly string[])[] = [];
  const { answer, directory } = await report({
    change: asked,
    factsOf(addresses) {
      questions.push(addresses);
      const threat = "on threat list X as 203.0.113.7 (botnet, first seen 2026-11-02)";
      return Promise.resolve([[peer, { country: "NL", asn: "AS64500", owner: "Example", threat }]]);
    },
  });
  expect(questions).toHaveLength(1);
  expect(questions[0]).toContain(peer);
  expect(answer).toMatchObject({ kind: "done", answer: { kind: "exfiltration" } });
  const sentence = answer.kind === "done" ? answer.answer?.sentence : "";
  expect(sentence).toContain(
    "203.0.113.7:443 (AS64500 Example, NL, tls), curl (pid 812, uid 1000), first seen 01:58:16 UTC, on threat list X as 203.0.113.7 (botnet, first seen 2026-11-02).",
  );
  const [first] = readFileSync(join(directory, "report.txt"), "utf8").split("\n");
  expect(first).toBe(`${capture.host}: ${sentence}`);
  const json: unknown = JSON.parse(readFileSync(join(directory, "report.json"), "utf8"));
  expect(json).toMatchObject({ change: { kind: "exfiltration", confidence: { level: "likely" } } });
});

test("a report says of a destination that the flow tables have not seen it on the host", async () => {
  const { answer } = await report({
    change: asked,
    factsOf: () => Promise.resolve([]),
    historyOf: () => Promise.resolve({ since: moment - 7 * 86_400_000, lastSeen: [] }),
  });
  const sentence = answer.kind === "done" ? answer.answer?.sentence : "";
  expect(sentence).toContain("not seen on this host in the last 7 days");
});

test("an unanswered question about addresses keeps no report back, and without a moment none is asked", async () => {
  const broken = await report({ change: asked, factsOf: () => Promise.reject(new Error("away")) });
  expect(broken.answer).toMatchObject({ kind: "done", answer: { kind: "exfiltration" } });
  const without = await report({
    change: null,
    factsOf: () => Promise.reject(new Error("nobody asks")),
  });
  expect(without.answer).toMatchObject({ kind: "done", answer: null });
});

test("the metric's name says what is compared", () => {
  const metrics = {
    "Network Out Total": "bytesOut",
    "Network In Total": "bytesIn",
    "Interface Bytes In": "bytesIn",
    "Interface Bytes Out": "bytesOut",
    "Packets In Total": "packetsIn",
    "Interface Packets In": "packetsIn",
    "Packets Out Total": "packetsOut",
    "Inbound Flows": "connections",
    BlockedFlows: "denied",
    "TCP retransmissions": "retransmissions",
    ResponseTime: "latency",
    node_network_receive_bytes: "bytesIn",
    "": "bytesOut",
  };
  const found = Object.keys(metrics).map((name) => [name, changeMetricOf([name])]);
  expect(Object.fromEntries(found)).toEqual(metrics);
});

test("a rule that counts rows is known by its name, else by its query", () => {
  const rules = [
    ["nightcap-denied-burst", "NightcapFlows", "denied"],
    ["nightcap-malicious-flow", "NightcapFlows", "bytesOut"],
    ["nightcap-new-destination", "NightcapDestinations", "bytesOut"],
    ["nightcap-scan", "NightcapFlows", "connections"],
    ["ours", 'NightcapFlows | where FlowStatus == "Denied"', "denied"],
    ["ours", 'NightcapFlows | where FlowState == "Begin"', "connections"],
  ] as const;
  for (const [name, query, metric] of rules)
    expect([name, changeMetricOf(["rows", name, query])]).toEqual([name, metric]);
});

test("a capture covers what its ring does, also where its filter let nothing through", () => {
  const coverage = { moment: "2026-11-21T01:58:16.000Z", got: { beforeSeconds: 12.5 } };
  const session = (observed: object) => ({ observed }) as Parameters<typeof coveredFrom>[0];
  expect(coveredFrom(session({ coverage }))).toBe(Date.parse(coverage.moment) - 12_500);
  expect(coveredFrom(session({ coverage: { ...coverage, got: { beforeSeconds: 0 } } }))).toBeNull();
  expect(coveredFrom({ observed: null })).toBeNull();
});

test("a capture is about its alert, else about where its look-back counts from", () => {
  const spec = { sessionId: "x", lookBack: { seconds: 60, from: moment } };
  const session = { spec, observed: null } as unknown as Parameters<typeof momentOf>[0];
  expect(momentOf(session, alert)).toEqual({
    moment: Date.parse("2026-11-21T02:06:12.4Z"),
    momentName: "the alert",
  });
  expect(momentOf(session, null)).toMatchObject({ moment });
  const plain = { spec: { sessionId: "x" }, observed: null } as unknown as typeof session;
  expect(momentOf(plain, null)).toBeNull();
});
