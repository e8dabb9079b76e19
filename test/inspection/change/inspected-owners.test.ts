import { createReadStream } from "node:fs";
import { expect, test } from "vitest";
import type { OwnersFile, SocketOwner } from "../../../src/inspection/change/socket-owner.ts";
import { nameOwners } from "../../../src/inspection/change/inspected-owners.ts";
import { finding } from "../../../src/inspection/findings/finding.ts";
import { inspect, inspectAsJsonLine } from "../../../src/inspection/inspect.ts";
import type { Inspection } from "../../../src/inspection/inspection.ts";
import { reportDocument } from "../../../src/report/document.ts";
import { renderHtmlReport } from "../../../src/report/html-report.ts";
import { fileAlone } from "../../../src/report/report-input.ts";
import { renderTerminalReport } from "../../../src/report/terminal-report.ts";
import { renderTextReport } from "../../../src/report/text-report.ts";

const path = "test/fixtures/captures/lossy.pcap";
const open = () => createReadStream(path);

const plain = await inspect(open());
const stream = plain.tcpStreams[0];
if (!stream?.firstTime || !stream.lastTime) throw new Error("expected a stream with its times");
const milliseconds = (time: string): number => Number(BigInt(time) / 1_000_000n);

const client: SocketOwner = {
  protocol: "tcp",
  localAddress: stream.a.address,
  localPort: stream.a.port,
  remoteAddress: stream.b.address,
  remotePort: stream.b.port,
  pid: 4_312,
  executable: "/usr/bin/<b>curl",
  commandLine: "curl --silent\u202e",
  uid: 1_000,
  user: "alice",
  cgroup: "/",
  unit: null,
  container: null,
  firstSeen: milliseconds(stream.firstTime),
  lastSeen: milliseconds(stream.lastTime),
};
const file: OwnersFile = {
  owners: [client],
  summary: {
    sockets: 1,
    withoutProcess: 0,
    missedSockets: 3,
    overflow: 0,
    scans: 9,
    scansDelayed: 0,
    countsMissed: true,
    from: client.firstSeen,
    to: client.lastSeen,
    localAddresses: [],
  },
  malformedLines: 0,
  overflowLines: 0,
};
const owned = await inspect(open(), { owners: file });
const input = {
  inspection: owned,
  capture: fileAlone("a.cap"),
  alert: null,
  createdAt: "2026-11-21T02:00:00.000Z",
};
const name = "<b>curl (pid 4312, alice)";

test("an inspection says which process had which streams, and how many have none", () => {
  const all = plain.tcpStreams.length;
  expect(plain.owners).toBeUndefined();
  expect(owned.owners).toMatchObject({
    streams: { tcp: { owned: 1, all } },
    missedSockets: 3,
    countsMissed: true,
    processes: [
      {
        name,
        pid: 4_312,
        bytesSent: stream.bytesAToB,
        bytesReceived: stream.bytesBToA,
        tcpStreamCount: 1,
        tcpStreams: [{ stream: stream.stream, end: "a", by: "socket" }],
      },
    ],
  });
});

test("findings about a few processes name them, and others stay as they are", () => {
  const about = (streams: number[]) => finding("beacon", "warning", "t", { streams });
  const findings = [about([stream.stream]), about([]), about([stream.stream + 1])];
  const named = nameOwners({ ...plain, findings }, file).findings;
  expect(named.map(({ processes }) => processes)).toEqual([[name], undefined, undefined]);
});

test("the JSON line says the same", async () => {
  const parts: Buffer[] = [];
  for (const piece of await inspectAsJsonLine(open(), { owners: file }))
    parts.push(Buffer.from(piece));
  expect((JSON.parse(Buffer.concat(parts).toString()) as Inspection).owners).toEqual(owned.owners);
});

test("reports name processes at streams, pairs and findings, and show nothing that a name could change", () => {
  const document = reportDocument(input);
  expect(document.owners?.processes.items[0]?.commandLine).toBe("curl --silent\\u{202e}");
  const pair = document.conversations.items.find(({ processes }) => processes);
  expect(new Set([pair?.a, pair?.b])).toEqual(new Set([stream.a.address, stream.b.address]));
  expect(document.streams.items.filter(({ processes }) => processes)).toMatchObject([
    { stream: stream.stream, processes: [name] },
  ]);
  const page = renderHtmlReport(input);
  expect(page).toContain("&lt;b&gt;curl (pid 4312, alice)");
  expect(page.replace(/<script type="application\/json".*/s, "")).not.toContain("<b>curl");
  const text = renderTextReport(input);
  expect(text).toContain(`Processes: ${name}`);
  expect(text).toContain("3 sockets were missed");
  const terminal = renderTerminalReport(input, { width: 120, isColored: false });
  expect(terminal).toContain("Processes of this host");
  expect(terminal).toContain(`by ${name}`);
  expect(`${page}${text}${terminal}`).not.toContain("\u202e");
});
