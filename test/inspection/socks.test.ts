// Streams are numbered as tshark 4.0 numbers them, which counts one more for what a SOCKS tunnel carries.
import { expect, test } from "vitest";
import { inspect } from "../../src/inspection/inspect.ts";
import type { Inspection } from "../../src/inspection/inspection.ts";
import { chunksOf } from "./captures.ts";
import { Wire, type Line } from "./wire.ts";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A SOCKS 4 connection to this port, whose proxy says yes or no, and a request through it. */
function throughProxy(port: number, isGranted = true): Line[] {
  const to = [4, 1, port >> 8, port & 255, 192, 0, 2, 9, 0];
  return [
    { from: "client", says: Uint8Array.from(to) },
    { from: "server", says: Uint8Array.from([0, isGranted ? 90 : 91, 0, 0, 0, 0, 0, 0]) },
    { from: "client", says: get },
    { from: "client", says: get },
  ];
}

/** A talk with a proxy, and then one with somebody else. */
function capture(lines: Line[]): Wire {
  return new Wire()
    .talk(1_000, "10.0.0.1:40000", "10.0.0.2:1080", { lines })
    .talk(2_000, "10.0.0.1:40001", "10.0.0.3:80", { lines: [{ from: "client", says: get }] });
}

const streams = ({ tcpStreams }: Inspection): string[] =>
  tcpStreams.map(({ stream, b, framesAToB }) => `${stream} to ${b.port}, ${framesAToB} frames`);

test.each([
  ["a tunnel takes one number more", capture(throughProxy(80)), 2],
  ["one that was refused does not", capture(throughProxy(80, false)), 1],
  ["one to the proxy's own port has its number already", capture(throughProxy(1_080)), 1],
])("%s", async (_, wire, expected) => {
  const inspection = await wire.inspect();
  expect(streams(inspection)).toEqual(["0 to 1080, 7 frames", `${expected} to 80, 5 frames`]);
  expect(inspection.services.map(({ port, flows }) => [port, flows])).toEqual([
    [1_080, 1],
    [80, 1],
  ]);
});

test("the number is used where the ends do talk", async () => {
  const wire = capture(throughProxy(81)).talk(1_500, "10.0.0.1:40000", "10.0.0.2:81", {});
  expect(streams(await wire.inspect())).toEqual([
    "0 to 1080, 7 frames",
    "1 to 81, 4 frames",
    "2 to 80, 5 frames",
  ]);
});

test("a pair that talked before keeps its number", async () => {
  const wire = capture(throughProxy(81)).talk(500, "10.0.0.1:40000", "10.0.0.2:81", {});
  expect(streams(await wire.inspect())).toEqual([
    "0 to 81, 4 frames",
    "1 to 1080, 7 frames",
    "2 to 80, 5 frames",
  ]);
});

test("the depth of an inspection does not change what is told of the streams that are there", async () => {
  const wire = capture(throughProxy(80));
  const { tcpStreams } = await inspect(chunksOf(wire.file()), { depth: "transport" });
  expect(tcpStreams.map(({ framesAToB }) => framesAToB)).toEqual([7, 5]);
});
