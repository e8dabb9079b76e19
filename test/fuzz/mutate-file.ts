import { gzipSync } from "node:zlib";
import type { Random } from "../../bench/inspection/random.ts";

const changeCountMax = 6;
const edgeLengths = [0, 1, 3, 4, 8, 12, 16, 0xff, 0xffff, 0x40000, 0x40001, 0x7fffffff, 0xffffffff];

/** A file that was cut, damaged in transfer, or written by a program with a mistake. */
export function mutateFile(file: Buffer, random: Random): Buffer {
  let mutated: Buffer = Buffer.from(file);
  for (let count = 1 + random.below(changeCountMax); count > 0; count--)
    mutated = changeOne(mutated, random);
  return mutated;
}

function changeOne(file: Buffer, random: Random): Buffer {
  const at = random.below(Math.max(file.length, 1));
  switch (random.below(8)) {
    case 0:
      return file.subarray(0, at);
    case 1:
      return Buffer.concat([file.subarray(0, at), file.subarray(at + 1 + random.below(64))]);
    case 2:
      return Buffer.concat([file, file.subarray(at)]);
    case 3:
      return gzipSync(file).subarray(0, random.below(2) === 0 ? at : undefined);
    case 4:
      return setNumber(file, random.below(Math.min(file.length, 64) || 1), random);
    case 5:
    case 6:
      return setNumber(file, at, random);
    default:
      if (at < file.length) file[at] = (file[at] ?? 0) ^ (1 << random.below(8));
      return file;
  }
}

function setNumber(file: Buffer, at: number, random: Random): Buffer {
  const value = edgeLengths[random.below(edgeLengths.length)] ?? 0;
  if (at + 4 <= file.length) file.writeUInt32LE(value, at);
  return file;
}
