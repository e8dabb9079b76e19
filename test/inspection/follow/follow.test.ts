// tshark is the judge of streams put together, over our fixtures.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digestStreams, type StreamDigest } from "../../../src/inspection/follow/digest-streams.ts";
import {
  followStream,
  type FollowedPiece,
  type StreamChoice,
} from "../../../src/inspection/follow/follow-stream.ts";
import { chunksOf, fixture, fixtureDirectory, fixtureNames } from "../captures.ts";

const hasTshark = spawnSync("tshark", ["-v"]).status === 0;
const streamCountMax = 20;
const outputSizeMax = 256 * 1_048_576;

async function gathered<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const digests = (name: string): Promise<StreamDigest[]> =>
  gathered(digestStreams(chunksOf(fixture(name))));

/** What tshark prints of one stream, as the bytes of each side. */
function tsharkSides(name: string, { protocol, stream }: StreamChoice): [Buffer, Buffer] {
  const path = join(fixtureDirectory, name);
  const what = `follow,${protocol},raw,${stream}`;
  const text = execFileSync("tshark", ["-n", "-2", "-q", "-r", path, "-z", what], {
    encoding: "utf8",
    maxBuffer: outputSizeMax,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const lines = text.split("\n").filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const side = (isB: boolean): Buffer =>
    Buffer.concat(
      lines
        .filter((line) => line.startsWith("\t") === isB)
        .map((line) => Buffer.from(line.trim(), "hex")),
    );
  return [side(false), side(true)];
}

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function sideOf(pieces: readonly FollowedPiece[], side: "a" | "b"): Buffer {
  return Buffer.concat(pieces.filter((piece) => piece.side === side).map(({ bytes }) => bytes));
}

test("the digests of all streams are those of each stream followed by itself", async () => {
  const [, second] = await digests("http-dns.pcapng");
  const pieces = await gathered(
    followStream(chunksOf(fixture("http-dns.pcapng"), 100), { protocol: "tcp", stream: 1 }),
  );
  expect(second).toMatchObject({
    stream: 1,
    bytesAToB: sideOf(pieces, "a").length,
    sha256AToB: hash(sideOf(pieces, "a")),
    sha256BToA: hash(sideOf(pieces, "b")),
  });
  expect(sideOf(pieces, "a").toString("latin1")).toMatch(/^GET /);
});

test("the datagrams of a UDP stream are pieces with their frames and senders", async () => {
  const pieces = await gathered(
    followStream(chunksOf(fixture("http-dns.pcapng")), { protocol: "udp", stream: 0 }),
  );
  expect(pieces.map(({ side, bytes }) => [side, bytes.length])).toEqual([
    ["a", 33],
    ["b", 49],
  ]);
});

test("a stream that is not there has no pieces and no ends", async () => {
  let met = 0;
  const options = { onStream: () => void met++ };
  const choice: StreamChoice = { protocol: "tcp", stream: 9_999 };
  expect(await gathered(followStream(chunksOf(fixture("tls.pcap")), choice, options))).toHaveLength(
    0,
  );
  expect(met).toBe(0);
});

test("a capture that is cut gives what could be read, and says where it stopped", async () => {
  const whole = fixture("tls.pcap");
  const following = digestStreams(chunksOf(whole.slice(0, whole.length - 5)));
  for (;;) {
    const next = await following.next();
    if (next.done !== true) continue;
    expect(next.value.problem?.reason).toContain("the file ends inside a record");
    return;
  }
});

describe.skipIf(!hasTshark)("as tshark", () => {
  test.each(fixtureNames)("the TCP streams of %s", async (name) => {
    for (const digest of (await digests(name)).slice(0, streamCountMax)) {
      const [a, b] = tsharkSides(name, { protocol: "tcp", stream: digest.stream });
      expect(digest).toMatchObject({ bytesAToB: a.length, bytesBToA: b.length });
      expect([digest.sha256AToB, digest.sha256BToA]).toEqual([hash(a), hash(b)]);
    }
  });
});
