// The life of an alert, end to end, on real packets: metric, alert, function, capture, storage,
// inspection, report, notification.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { getCapture, type PacketCapture, queryStatus } from "../../src/cli/capture-resources.ts";
import { describeCapture } from "../../src/cli/capture-text.ts";
import { inspect } from "../../src/inspection/inspect.ts";
import type { ChangeAnswer } from "../../src/inspection/change/change-answer.ts";
import type { Inspection } from "../../src/inspection/inspection.ts";
import type { ReportOwners } from "../../src/report/processes.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { recordersBelow } from "../capture/network.ts";
import { download } from "./download.ts";
import { type Installation, openInstallation, putRule } from "./installation.ts";
import { flattenHierarchy, tsharkFields, tsharkHierarchy } from "./tshark.ts";

const captureSeconds = 3;
const stepTimeout = { timeout: 30_000, interval: 50 };
/** Enough for the rule to fire, and small enough for a test. */
const burstScript = `
  const { request } = require("node:http");
  const post = () => {
    const out = request({ host: process.argv[1], port: 8080, path: "/upload", method: "POST" }, (answer) => {
      answer.resume().on("end", () => setTimeout(post, 20));
    });
    out.on("error", () => setTimeout(post, 20));
    out.end(Buffer.alloc(20_000, "burst "));
  };
  post();
`;

const reason = skipReason();
describe.skipIf(reason !== null)(`the whole loop${reason === null ? "" : ` (${reason})`}`, () => {
  let bed: TestBed;
  let installation: Installation;
  let capture: PacketCapture;
  let file: string;
  let ours: Inspection;
  let witness: string;
  let burstPid: number | undefined;

  beforeAll(async () => {
    bed = await openTestBed();
    installation = await openInstallation(bed, { captureSeconds });
    witness = join(bed.directory, "witness.pcap");
    const server = await bed.startServer("node", "internet");
    const tcpdump = bed.spawn(
      "vm",
      "tcpdump",
      [
        "-i",
        "eth0",
        "-w",
        witness,
        "-s",
        "0",
        "-U",
        "--immediate-mode",
        "-B",
        "65536",
        "--time-stamp-precision=nano",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    await once(tcpdump.stderr ?? tcpdump, "data"); // "listening on eth0"
    const rule = await putRule(installation, { name: "net-out", thresholdBytes: 100_000 });
    const burst = bed.spawn("vm", process.execPath, ["-e", burstScript, server.address], {
      stdio: "ignore",
    });
    await vi.waitFor(() => expect(notifications()).toHaveLength(1), stepTimeout);
    burstPid = burst.pid;
    burst.kill("SIGKILL");
    tcpdump.kill("SIGTERM");
    await once(tcpdump, "exit");
    await rule.remove();
    const told = notifications()[0]?.body ?? {};
    const { name } = told["capture"] as { name: string };
    capture = await getCapture(installation.client, name);
    file = join(bed.directory, "downloaded.cap");
    await download(installation, capture, file);
    ours = await inspect(createReadStream(file));
  }, 90_000);
  afterAll(async () => {
    await installation?.close();
    await bed?.close();
  });

  const notifications = () => installation.received.filter(({ path }) => path === "/notification");

  test("the rule fires once and calls the function with the legacy schema", () => {
    const alerts = installation.received.filter(({ path }) => path === "/alert");
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.body).toMatchObject({
      schemaId: "AzureMonitorMetricAlert",
      data: {
        version: "2.0",
        status: "Activated",
        context: {
          name: "net-out",
          severity: "3",
          resourceId: installation.machineId,
          condition: { allOf: [{ metricName: "Network Out Total", threshold: "100000" }] },
        },
      },
    });
  });

  test("one capture is made, complete, for as long as was asked", async () => {
    const status = await queryStatus(installation.client, capture.name);
    expect(status).toMatchObject({
      packetCaptureStatus: "Stopped",
      stopReason: "TimeExceeded",
      packetCaptureError: [],
    });
    const { firstTime, lastTime } = ours.file;
    const lengthSeconds = Number(BigInt(lastTime ?? 0) - BigInt(firstTime ?? 0)) / 1e9;
    expect(lengthSeconds).toBeLessThanOrEqual(captureSeconds);
    expect(lengthSeconds).toBeGreaterThan(captureSeconds - 0.5);
  });

  test("it holds the burst: packet by packet what tcpdump saw beside it in that window", async () => {
    const [captured, seen] = await Promise.all([packets(file), packets(witness)]);
    expect(captured.length).toBeGreaterThan(100);
    const begin = seen.findIndex((packet) => isSame(packet, captured[0]));
    const window = seen.slice(begin, begin + captured.length);
    expect(captured.map(({ content }) => content)).toEqual(window.map(({ content }) => content));
    expect(captured.every((packet, index) => isSame(packet, window[index]))).toBe(true);
  });

  test("the stored file has the hash that the host said", async () => {
    const hash = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    expect(capture.properties.nightcap).toMatchObject({
      sha256: hash,
      sha256Verified: true,
      packets: ours.file.packets,
      packetsDropped: 0,
      phase: "finished",
    });
    expect(capture.properties.storageLocation.storagePath).toMatch(
      /\/network-watcher-logs\/subscriptions\/[^/]+\/resourcegroups\/nightcap\/providers\/microsoft\.compute\/virtualmachines\/vm\/\d{4}\/\d\d\/\d\d\/packetcapture_\d\d_\d\d_\d\d_\d{3}\.cap$/,
    );
  });

  test("the inspection's hierarchy, round-trip times and destinations are tshark's", async () => {
    expect(flattenHierarchy(ours.protocolHierarchy)).toEqual(await tsharkHierarchy(file));
    expect(streamsOf(ours)).toEqual(await tsharkStreams(file));
    expect(destinationsOf(ours)).toEqual(await tsharkDestinations(file));
  });

  test("the report is written, linked and says what the notification says", async () => {
    const { report } = capture.properties.nightcap ?? {};
    const notification = notifications()[0]?.body;
    expect(notification).toMatchObject({ outcome: "captured", link: report?.link });
    // Its first line goes first in the notification, without the host's name.
    const [, ...lines] = report?.text.split("\n") ?? [];
    expect(lines.length).toBeGreaterThan(3);
    expect(notification?.["text"]).toContain(lines.join("\n"));
    const html = await readFile(report?.path ?? "", "utf8");
    expect(html).toContain("net-out");
    const json = JSON.parse(
      await readFile(join(dirname(report?.path ?? ""), "report.json"), "utf8"),
    ) as { format: string; protocolHierarchy: unknown };
    expect(json.format).toBe("nightcap-report/1");
    expect(json.protocolHierarchy).toEqual(ours.protocolHierarchy);
  });

  test("the report names the process that sent the burst", async () => {
    const { report } = capture.properties.nightcap ?? {};
    const text = await readFile(join(dirname(report?.path ?? ""), "report.json"), "utf8");
    const { owners } = JSON.parse(text) as { owners?: ReportOwners };
    const [busiest] = owners?.processes.items ?? [];
    expect(busiest).toMatchObject({ pid: burstPid, executable: process.execPath, user: "root" });
    expect(busiest?.bytesSent).toBeGreaterThan(100_000);
    const status = await queryStatus(installation.client, capture.name);
    expect(describeCapture(capture, status)).toMatch(
      /^ {2}owners {3}https:.*\.cap\.owners\.jsonl$/m,
    );
  });

  test("the notification begins with what made the bytes grow: where they went, and who sent them", async () => {
    const { report } = capture.properties.nightcap ?? {};
    const text = await readFile(join(dirname(report?.path ?? ""), "report.json"), "utf8");
    const { change } = JSON.parse(text) as { change: ChangeAnswer | null };
    expect(change).toMatchObject({ metric: "bytesOut", kind: "exfiltration" });
    const [top] = change?.parts.find(({ by }) => by === "destination")?.rows ?? [];
    expect(top?.name).toMatch(/:8080$/);
    expect(top?.share).toBeGreaterThan(0.9);
    expect(top?.process).toContain(`(pid ${burstPid}`);
    const told = String(notifications()[0]?.body["text"]);
    expect(told.split("\n")[0]).toBe(change?.sentence);
  });

  test("no dumpcap is left", async () => {
    // Of this installation: others may record beside it.
    await vi.waitFor(
      async () => expect(await recordersBelow(installation.directory)).toEqual([]),
      stepTimeout,
    );
  });
});

interface SeenPacket {
  seconds: number;
  /** Length, and what tells one packet from another. */
  content: string;
}

async function packets(path: string): Promise<SeenPacket[]> {
  const fields = [
    "frame.time_epoch",
    "frame.len",
    "eth.src",
    "ip.id",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.len",
  ];
  const rows = await tsharkFields(path, fields);
  return rows.map(([time, ...rest]) => ({ seconds: Number(time), content: rest.join(" ") }));
}

/** Two sockets are given a packet microseconds apart, and each stamps it as it gets it. */
const isSame = (a: SeenPacket | undefined, b: SeenPacket | undefined): boolean =>
  a !== undefined && a.content === b?.content && Math.abs(a.seconds - b.seconds) < 0.001;

function streamsOf({ tcpStreams }: Inspection): Record<string, string> {
  return Object.fromEntries(
    tcpStreams.flatMap(({ stream, initialRtt }) =>
      initialRtt === null ? [] : [[stream, initialRtt]],
    ),
  );
}

async function tsharkStreams(path: string): Promise<Record<string, string>> {
  const rows = await tsharkFields(path, ["tcp.stream", "tcp.analysis.initial_rtt"]);
  return Object.fromEntries(
    rows.flatMap(([stream = "", rtt = ""]) => (rtt === "" ? [] : [[stream, nanoseconds(rtt)]])),
  );
}

const nanoseconds = (seconds: string): string => String(BigInt(seconds.replace(".", "")));

function destinationsOf({ destinations }: Inspection): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [address, { protocols }] of Object.entries(destinations.ipv4)) {
    for (const [protocol, { ports }] of Object.entries(protocols)) {
      for (const [port, count] of Object.entries(ports))
        counts[`${address} ${protocol} ${port}`] = count;
    }
  }
  return counts;
}

async function tsharkDestinations(path: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [address = "", tcp = "", udp = ""] of await tsharkFields(path, [
    "ip.dst",
    "tcp.dstport",
    "udp.dstport",
  ])) {
    if (address === "") continue;
    const where = tcp === "" ? (udp === "" ? "NONE 0" : `UDP ${udp}`) : `TCP ${tcp}`;
    counts[`${address} ${where}`] = (counts[`${address} ${where}`] ?? 0) + 1;
  }
  return counts;
}
