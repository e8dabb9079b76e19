import type { Random } from "../../bench/inspection/random.ts";
import { digestStreams, type StreamDigest } from "../../src/inspection/follow/digest-streams.ts";
import { followStream, type StreamChoice } from "../../src/inspection/follow/follow-stream.ts";
import type { Inspection } from "../../src/inspection/inspection.ts";
import type { CaptureSource } from "../../src/inspection/packet-pass.ts";

/** Follows all streams together and one of each kind alone: both give as many bytes, of streams that were counted. */
export async function checkFollow(
  { tcpStreams, udpStreams }: Inspection,
  source: CaptureSource,
  random: Random,
): Promise<void> {
  const digests: StreamDigest[] = [];
  for await (const digest of digestStreams(source())) digests.push(digest);
  const counted = new Set(tcpStreams.map(({ stream }) => stream));
  const unknown = digests.find(({ stream }) => !counted.has(stream));
  if (unknown) throw new Error(`stream ${unknown.stream} followed and not counted`);
  const chosen = digests[random.below(Math.max(digests.length, 1))];
  if (chosen) await checkOne(chosen, source);
  await bytesOf({ protocol: "udp", stream: random.below(udpStreams.count + 1) }, source);
}

async function checkOne({ stream, ...digest }: StreamDigest, source: CaptureSource): Promise<void> {
  const { a, b } = await bytesOf({ protocol: "tcp", stream }, source);
  const expected = `${digest.bytesAToB} and ${digest.bytesBToA} bytes`;
  if (expected !== `${a} and ${b} bytes`)
    throw new Error(`stream ${stream} has ${a} and ${b} bytes alone, ${expected} with all others`);
}

async function bytesOf(
  choice: StreamChoice,
  source: CaptureSource,
): Promise<{ a: number; b: number }> {
  const sizes = { a: 0, b: 0 };
  for await (const { side, bytes } of followStream(source(), choice)) sizes[side] += bytes.length;
  return sizes;
}
