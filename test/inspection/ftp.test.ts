// Sessions of FTP with their data connections, where tshark 4.0 shows them.
import { expect, test } from "vitest";
import { inspect } from "../../src/inspection/inspect.ts";
import type { ProtocolNode } from "../../src/inspection/inspection.ts";
import { chunksOf, hex, pcap } from "./captures.ts";
import { segmentPacket, segmentPaths, type Segment } from "./conversations.ts";

const rawIp = 101;
const control = (side: Segment["side"], payload: string): Segment => ({ side, payload, port: 21 });
const data = (payload: string): Segment => ({ side: "server", payload, port: 5_000 });

/** Every path of the hierarchy below TCP that frames end at, with how many. */
async function counted(segments: readonly Segment[]): Promise<Record<string, number>> {
  const packets = segments.map((segment, at) => hex(segmentPacket(segment, 1 + at * 1_000)));
  const { protocolHierarchy } = await inspect(chunksOf(pcap(packets, { linkType: rawIp })));
  const found: Record<string, number> = {};
  const walk = ({ protocol, frames, children }: ProtocolNode, above: string): void => {
    const path = `${above}/${protocol}`;
    const own = children.reduce((sum, child) => sum - child.frames, frames);
    if (own > 0) found[path.replace("/raw/ip/tcp/", "")] = own;
    for (const child of children) walk(child, path);
  };
  for (const node of protocolHierarchy) walk(node, "");
  return found;
}

const cwd = "ftp/ftp.current-working-directory";
const response = `${cwd}/ftp.command-response.frames/ftp.command-response.bytes/ftp.command-response.first-frame-num/ftp.command-response.last-frame-num`;
const channel =
  "ftp-data/ftp-data.setup-frame/ftp-data.setup-method/ftp-data.command/ftp-data.command-frame/ftp-data.current-working-directory";

test("a passive transfer shows in the frames that prepared it", async () => {
  expect(
    await counted([
      control("client", "PASV\r\n"),
      control("server", "227 Entering Passive Mode (192,0,2,2,19,136).\r\n"),
      control("client", "LIST\r\n"),
      data("hello\r\n"),
      data("\u0001\u0002"),
    ]),
  ).toEqual({
    [cwd]: 1,
    [`${cwd}/ftp.command/ftp.command-frame`]: 1,
    [`${response}/ftp.command-response.duration/ftp.command-response.bitrate/ftp.setup-frame`]: 1,
    [`${channel}/data-text-lines`]: 1,
    [channel]: 1,
  });
});

test("an announcement that no command follows belongs to the first one", async () => {
  expect(
    await counted([
      control("client", "USER x\r\n"),
      control("client", "TYPE I\r\n"),
      control("client", "EPRT |1|192.0.2.1|41000|\r\n"),
    ]),
  ).toEqual({ [cwd]: 2, [`${response}/ftp.setup-frame`]: 1 });
});

test("a capture that begins with the announcement counts every frame once", async () => {
  expect(
    await counted([
      control("server", "227 Entering Passive Mode (192,0,2,2,19,136).\r\n"),
      control("client", "LIST\r\n"),
    ]),
  ).toEqual({ [cwd]: 1, [`${response}/ftp.setup-frame`]: 1 });
});

test("two data connections of one command count its frame once", async () => {
  const transfer = (port: number): Segment[] => [
    control("server", `227 Entering Passive Mode (192,0,2,2,${port >> 8},${port & 255}).\r\n`),
    { side: "server", payload: "\u0001", port },
    { side: "server", payload: "\u0002", port },
  ];
  const frames = await counted([
    control("client", "PASV\r\n"),
    ...transfer(5_000),
    ...transfer(6_000),
  ]);
  expect(Object.values(frames).reduce((sum, count) => sum + count, 0)).toBe(7);
});

test("TLS follows its agreement", () => {
  expect(
    segmentPaths(21, [
      ["client", "AUTH TLS\r\n"],
      ["server", "234 go\r\n"],
      ["client", "\u0016\u0003\u0001\u0000\u0001\u0001"],
    ])[2],
  ).toMatch(/^tls/);
});

test("the port of data shows it without an announcement", () => {
  expect(segmentPaths(20, [["server", "hello"]])).toEqual([
    "ftp-data/ftp-data.setup-frame/data-text-lines",
  ]);
});
