import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packetsOf, type CorpusCapture, type CorpusPacket } from "./corpus.ts";
import { workerPath } from "./crew.ts";
import { makeInput } from "./input.ts";
import { writeCapture } from "./write-capture.ts";

const tryCountMax = 150;
const trySecondsMax = 15;

/** Writes the input of a seed that failed, with as few packets as still fail, and returns its path. */
export function writeSmallest(
  corpus: readonly CorpusCapture[],
  seed: number,
  folder: string,
): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `fuzz-${seed}.pcap`);
  const { file, packetCount } = makeInput(corpus, seed);
  const attempt = new Attempt(path, seed);
  const smallest = packetCount === null ? shortest(file, attempt) : fewest(file, attempt);
  writeFileSync(path, smallest);
  return path;
}

/** Tries files in a process of its own; after too many tries nothing fails any more. */
class Attempt {
  readonly #path: string;
  readonly #seed: number;
  #tries = 0;

  constructor(path: string, seed: number) {
    this.#path = path;
    this.#seed = seed;
  }

  fails(file: Uint8Array): boolean {
    if (this.#tries++ >= tryCountMax) return false;
    writeFileSync(this.#path, file);
    return tryFile(this.#path, this.#seed) !== null;
  }
}

/** Why a file fails, or null. */
export function tryFile(path: string, seed: number): string | null {
  const task = JSON.stringify({ kind: "file", path, seed });
  const { status, signal, stdout } = spawnSync(
    process.execPath,
    [...process.execArgv, workerPath, task],
    { encoding: "utf8", timeout: trySecondsMax * 1_000, killSignal: "SIGKILL" },
  );
  if (status === 0) return null;
  return stdout === "" ? `the process ended (${signal ?? status})` : stdout;
}

/** Leaves out packets, at first half of them at a time and at last one. */
function fewest(file: Buffer, attempt: Attempt): Buffer {
  const isPcapng = file[0] === 0x0a;
  let packets: CorpusPacket[] = packetsOf(file);
  if (!attempt.fails(writeCapture(packets, isPcapng))) return file;
  for (let size = packets.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < packets.length;) {
      const rest = packets.toSpliced(at, size);
      if (attempt.fails(writeCapture(rest, isPcapng))) packets = rest;
      else at += size;
    }
  }
  return writeCapture(packets, isPcapng);
}

/** The shortest beginning of a damaged file, by halves, that fails. */
function shortest(file: Buffer, attempt: Attempt): Buffer {
  let [passes, fails] = [0, file.length];
  while (fails - passes > 1) {
    const middle = (passes + fails) >> 1;
    if (attempt.fails(file.subarray(0, middle))) fails = middle;
    else passes = middle;
  }
  return file.subarray(0, fails);
}
