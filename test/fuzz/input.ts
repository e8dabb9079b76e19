import { Random, scatter } from "../../bench/inspection/random.ts";
import type { CorpusCapture, CorpusPacket } from "./corpus.ts";
import { mutateFile } from "./mutate-file.ts";
import { mutateOrder } from "./mutate-order.ts";
import { mutatePacket } from "./mutate-packet.ts";
import { writeCapture } from "./write-capture.ts";

/** One file to try. */
export interface FuzzInput {
  file: Buffer;
  /** How many packets were written into it; null when the file itself was damaged afterwards. */
  packetCount: number | null;
  /** For choices that a check makes; the same for the same seed. */
  random: Random;
}

const captureCountMax = 10;
const packetCountPerCaptureMax = 400;
/** One of so many packets is mutated; which of these holds is chosen for each input. */
const mutatedOneIn = [1, 3, 10, 50];
const damagedFileOneIn = 5;

/** The input of a seed: parts of some captures, packets mutated, order mutated, at times the file too. */
export function makeInput(corpus: readonly CorpusCapture[], seed: number): FuzzInput {
  const random = new Random(seed);
  const forChecks = checkRandom(seed);
  const packets: CorpusPacket[] = [];
  for (let count = 1 + random.below(captureCountMax); count > 0; count--)
    packets.push(...part(pick(corpus, random) ?? [], random));
  const mutated = mutateOrder(mutatePackets(packets, random), random);
  const file = writeCapture(mutated, random.below(2) === 0);
  if (random.below(damagedFileOneIn) === 0)
    return { file: mutateFile(file, random), packetCount: null, random: forChecks };
  return { file, packetCount: mutated.length, random: forChecks };
}

/** Apart from that of the input, so that a smaller file of the same seed is checked in the same way. */
export function checkRandom(seed: number): Random {
  return new Random(scatter(seed));
}

function mutatePackets(packets: readonly CorpusPacket[], random: Random): CorpusPacket[] {
  const oneIn = pick(mutatedOneIn, random) ?? 1;
  return packets.map((packet) => {
    let mutated = packet;
    while (random.below(oneIn + 1) === 0)
      mutated = mutatePacket(mutated, random, pick(packets, random) ?? packet);
    return mutated;
  });
}

function part(capture: CorpusCapture, random: Random): CorpusCapture {
  const start =
    random.below(2) === 0
      ? 0
      : random.below(Math.max(1, capture.length - packetCountPerCaptureMax));
  return capture.slice(start, start + packetCountPerCaptureMax);
}

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[random.below(Math.max(items.length, 1))];
}
