import { createHash } from "node:crypto";
import { open, readFile, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { describeError } from "../common/errors.ts";
import { readTextIfExists, secretFileMode } from "../common/files.ts";
import type { Log } from "../common/log.ts";

/** What a meter gave to be kept with its records; `isWhole`: what was given before counts no more. */
export interface MeteredTold {
  isWhole: boolean;
  bytes: Uint8Array;
}

const magic = Buffer.from("NCTOLD1\n");
const identitySizeBytes = 32;
const headerSizeBytes = magic.length + identitySizeBytes;
const changeMark = 0x544f4c44;
const commitMark = 0x444f4e45;
/** Mark, length of what follows, sequence. */
const entrySizeBytes = 16;
/** More than all flows that a meter may follow come to with their changes: a longer file is not ours. */
const fileSizeBytesMax = 4 * 2 ** 30;

/**
 * Keeps on disk what was told of each flow that goes on, beside the spool that keeps the records which tell it. A
 * change counts when its records are in the spool: `begin` writes it, `commit` says so. After a kill between the
 * two neither the change nor the records count, and both are made again. Nothing is flushed to the medium: after
 * a power cut the kernel's table is another, and what is here is worth nothing.
 */
export interface ToldFlows {
  /** Records up to this number count; null: all do. */
  readonly committedSequence: number | null;
  /** The changes that count, from the last whole one on; null: there is nothing to go on from. */
  read(): Promise<Uint8Array | null>;
  begin(told: MeteredTold): Promise<void>;
  commit(sequence: number): Promise<void>;
  /** The flows are not followed any more. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** `identity` says whose flows they are: with another nothing that is there counts. */
export async function openToldFlows(options: {
  path: string;
  identity: string;
  log: Log;
}): Promise<ToldFlows> {
  const told = new ToldFile(options);
  await told.load();
  return told;
}

interface Kept {
  bytes: Uint8Array;
  sequence: number;
}

class ToldFile implements ToldFlows {
  readonly #path: string;
  readonly #header: Buffer;
  readonly #log: Log;
  #file: FileHandle | null = null;
  /** Written beside the file until it is committed, because it replaces all of it. */
  #isReplacing = false;
  committedSequence: number | null = null;

  constructor({ path, identity, log }: { path: string; identity: string; log: Log }) {
    this.#path = path;
    this.#header = Buffer.concat([magic, createHash("sha256").update(identity).digest()]);
    this.#log = log;
  }

  async load(): Promise<void> {
    await rm(this.#partial, { force: true });
    this.committedSequence = (await this.#readKept())?.sequence ?? null;
  }

  async read(): Promise<Uint8Array | null> {
    return (await this.#readKept())?.bytes ?? null;
  }

  begin({ isWhole, bytes }: MeteredTold): Promise<void> {
    return this.#orForget(async () => {
      if (isWhole) await this.#startAnew();
      await this.#file?.writeFile(Buffer.concat([entryOf(changeMark, bytes.length, 0), bytes]));
    });
  }

  commit(sequence: number): Promise<void> {
    return this.#orForget(async () => {
      await this.#file?.writeFile(entryOf(commitMark, 0, sequence));
      if (this.#isReplacing) await rename(this.#partial, this.#path);
      this.#isReplacing = false;
    });
  }

  async forget(): Promise<void> {
    await this.close();
    await rm(this.#partial, { force: true });
    await rm(this.#path, { force: true });
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    this.#isReplacing = false;
    await file?.close();
  }

  get #partial(): string {
    return `${this.#path}.partial`;
  }

  async #startAnew(): Promise<void> {
    await this.close();
    this.#file = await open(this.#partial, "w", secretFileMode);
    this.#isReplacing = true;
    await this.#file.writeFile(this.#header);
  }

  /** Half an account would tell twice: without one, flows that are open go on with what they move from then on. */
  async #orForget(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { message } = error as Error;
      this.#log.warn({ path: this.#path, reason: message }, "what was told of flows is not kept");
      await this.forget().catch(() => {});
    }
  }

  async #readKept(): Promise<Kept | null> {
    try {
      const { size } = await stat(this.#path);
      if (size > fileSizeBytesMax) return null;
      return keptIn(await readFile(this.#path), this.#header);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      this.#log.warn({ path: this.#path, reason: describeError(error) }, "what was told is lost");
      return null;
    }
  }
}

function entryOf(mark: number, sizeBytes: number, sequence: number): Buffer {
  const entry = Buffer.alloc(entrySizeBytes);
  entry.writeUInt32BE(mark, 0);
  entry.writeUInt32BE(sizeBytes, 4);
  entry.writeBigUInt64BE(BigInt(sequence), 8);
  return entry;
}

/** The changes that were committed; a torn end, and a change whose records were not kept, are left out. */
function keptIn(file: Buffer, header: Buffer): Kept | null {
  if (file.length < headerSizeBytes || !file.subarray(0, headerSizeBytes).equals(header))
    return null;
  const changes: Buffer[] = [];
  let begun: Buffer | null = null;
  let sequence: number | null = null;
  for (let at = headerSizeBytes; at + entrySizeBytes <= file.length;) {
    const mark = file.readUInt32BE(at);
    const end = at + entrySizeBytes + file.readUInt32BE(at + 4);
    if (end > file.length || (mark !== changeMark && mark !== commitMark)) break;
    if (mark === changeMark) begun = file.subarray(at + entrySizeBytes, end);
    else {
      if (begun) changes.push(begun);
      begun = null;
      sequence = Number(file.readBigUInt64BE(at + 8));
    }
    at = end;
  }
  return sequence === null ? null : { bytes: Buffer.concat(changes), sequence };
}

/**
 * Whose flows a host's meter follows: this boot's, in this network namespace, on these interfaces. The kernel
 * counts other connections anew.
 */
export async function flowIdentity(
  networkNamespace: string | null,
  meter: { interfaces: readonly string[]; insideInterfaces: readonly string[] },
): Promise<string> {
  const boot = await readTextIfExists("/proc/sys/kernel/random/boot_id");
  const path = networkNamespace === null ? "/proc/self/ns/net" : `/run/netns/${networkNamespace}`;
  const place = await stat(path).catch(() => null);
  const { interfaces, insideInterfaces } = meter;
  return JSON.stringify([boot, place?.dev, place?.ino, interfaces, insideInterfaces]);
}
