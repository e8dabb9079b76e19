// tshark is the judge: its own statistics of our fixtures against the inspection's.
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inspect } from "../../src/inspection/inspect.ts";
import type { ProtocolNode } from "../../src/inspection/inspection.ts";
import { chunksOf, fixture, fixtureDirectory, fixtureNames } from "./captures.ts";

const hasTshark = spawnSync("tshark", ["-v"]).status === 0;
const outputSizeMax = 64 * 1_048_576;

function tshark(name: string, ...args: string[]): string {
  return execFileSync("tshark", ["-n", "-2", "-r", join(fixtureDirectory, name), ...args], {
    encoding: "utf8",
    maxBuffer: outputSizeMax,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** Lines as `io,phs` writes them, from our tree; children in any order. */
function flat(nodes: readonly ProtocolNode[], prefix = ""): string[] {
  return nodes.flatMap(({ protocol, frames, bytes, children }) => [
    `${prefix}${protocol} frames:${frames} bytes:${bytes}`,
    ...flat(children, `${prefix}${protocol}/`),
  ]);
}

/** With -V, because only then does tshark place `tcp.segments` before what was put together. */
function hierarchyOf(name: string): string[] {
  const text = tshark(name, "-V", "-z", "io,phs");
  const path: string[] = [];
  const rows = [
    ...text
      .slice(text.lastIndexOf("Protocol Hierarchy"))
      .matchAll(/^( *)(\S+) +(frames:\d+ bytes:\d+)$/gm),
  ].map(([, indent = "", protocol = "", counts = ""]) => {
    path.length = indent.length / 2;
    path.push(protocol);
    return `${path.join("/")} ${counts}`;
  });
  // The root is the frame itself, which an inspection leaves out.
  return rows.slice(1).map((row) => row.replace(/^frame\//, ""));
}

/** Rows of fields, one a packet. */
function fields(name: string, filter: string, ...names: string[]): string[][] {
  const args = names.flatMap((field) => ["-e", field]);
  return tshark(name, "-Y", filter, "-T", "fields", ...args)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.split("\t"));
}

const nanoseconds = (seconds: string): string => String(BigInt(seconds.replace(".", "")));

describe.skipIf(!hasTshark)("as tshark", () => {
  test.each(fixtureNames)("the protocol hierarchy of %s", async (name) => {
    const { protocolHierarchy } = await inspect(chunksOf(fixture(name)));
    expect(flat(protocolHierarchy).toSorted()).toEqual(hierarchyOf(name).toSorted());
  });

  test.each(fixtureNames)("the streams and round-trip times of %s", async (name) => {
    const { tcpStreams } = await inspect(chunksOf(fixture(name)));
    const frames = new Map<string, number>();
    const initialRtt = new Map<string, string>();
    for (const [stream = "", rtt = ""] of fields(
      name,
      "tcp && !icmp",
      "tcp.stream",
      "tcp.analysis.initial_rtt",
    )) {
      frames.set(stream, (frames.get(stream) ?? 0) + 1);
      if (rtt !== "") initialRtt.set(stream, nanoseconds(rtt));
    }
    const synAck = fields(
      name,
      "tcp.flags.syn==1 && tcp.flags.ack==1",
      "tcp.stream",
      "tcp.analysis.ack_rtt",
    );
    const synAckRtt = new Map(synAck.map(([stream = "", rtt = "0"]) => [stream, nanoseconds(rtt)]));
    expect(
      tcpStreams.map((one) => [
        one.stream,
        one.framesAToB + one.framesBToA,
        one.initialRtt,
        one.synAckRtt,
      ]),
    ).toEqual(
      Array.from(frames, ([stream, count]) => [
        Number(stream),
        count,
        initialRtt.get(stream) ?? null,
        synAckRtt.get(stream) ?? null,
      ]),
    );
  });

  test.each(fixtureNames)("the TCP analysis of %s", async (name) => {
    const { tcpTotals } = await inspect(chunksOf(fixture(name)));
    const names = {
      retransmission: "retransmission",
      duplicateAck: "duplicate_ack",
      lostSegment: "lost_segment",
      ackLostSegment: "ack_lost_segment",
      outOfOrder: "out_of_order",
      windowUpdate: "window_update",
      keepAlive: "keep_alive",
      zeroWindow: "zero_window",
    } as const;
    const rows = fields(
      name,
      "tcp",
      ...Object.values(names).map((theirs) => `tcp.analysis.${theirs}`),
    );
    const counted = Object.keys(names).map((ours, column) => [
      ours,
      rows.filter((row) => (row[column] ?? "") !== "").length,
    ]);
    const told = Object.keys(names).map((ours) => [ours, tcpTotals[ours as keyof typeof names]]);
    expect(told).toEqual(counted);
  });
});
