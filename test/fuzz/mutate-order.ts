import type { Random } from "../../bench/inspection/random.ts";
import type { CorpusPacket } from "./corpus.ts";

const repeatCountMax = 40;
const jumpMaxMicroseconds = 10_000_000_000;

/** Packets doubled, lost, in another order, or at other times: what a network does, and what it does not. */
export function mutateOrder(packets: readonly CorpusPacket[], random: Random): CorpusPacket[] {
  const mutated = [...packets];
  for (let count = random.below(1 + packets.length / 20); count > 0; count--)
    changeOne(mutated, random);
  return mutated;
}

function changeOne(packets: CorpusPacket[], random: Random): void {
  const at = random.below(Math.max(packets.length, 1));
  const packet = packets[at];
  if (!packet) return;
  switch (random.below(6)) {
    case 0:
      packets.splice(at, 1);
      break;
    case 1:
      packets.splice(at, 0, packet);
      break;
    case 2:
      swap(packets, at, at + 1);
      break;
    case 3:
      swap(packets, at, random.below(packets.length));
      break;
    case 4:
      packets.splice(at, 0, ...Array.from({ length: random.below(repeatCountMax) }, () => packet));
      break;
    default: {
      const jump = random.below(jumpMaxMicroseconds) * (random.below(2) === 0 ? 1 : -1);
      packets[at] = { ...packet, microseconds: Math.max(0, packet.microseconds + jump) };
    }
  }
}

function swap(packets: CorpusPacket[], one: number, other: number): void {
  const [first, second] = [packets[one], packets[other]];
  if (!first || !second) return;
  packets[one] = second;
  packets[other] = first;
}
