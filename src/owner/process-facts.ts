import { closeSync, openSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { commandLineBytesMax, shownCommandLine, wordsOf } from "./command-line.ts";
import { type ControlGroup, readControlGroup } from "./control-group.ts";
import type { Users } from "./users.ts";

const pathLengthMax = 1_024;
const processCountMax = 8_192;

/** What is told of a process; null is what could not be read. */
export interface ProcessFacts extends Readonly<{ [Name in keyof ControlGroup]: string | null }> {
  readonly pid: number;
  readonly executable: string | null;
  readonly commandLine: string | null;
  readonly uid: number | null;
  readonly user: string | null;
}

export interface FactsOptions {
  users: Users;
  commandLines: boolean;
  commandLineLengthMax: number;
}

interface Known {
  /** Start and name: a number that is used again, or a program that was replaced by exec, is another process. */
  identity: string;
  facts: ProcessFacts;
}

/** Facts of processes, read once for each. */
export class ProcessFactsReader {
  readonly #options: FactsOptions;
  readonly #known = new Map<number, Known>();

  constructor(options: FactsOptions) {
    this.#options = options;
  }

  /** Of a process that is there now, or was known by this number until just now. */
  of(pid: number): ProcessFacts {
    const identity = identityOf(pid);
    const known = this.#known.get(pid);
    if (known && (identity === null || known.identity === identity)) return known.facts;
    const facts = this.#read(pid);
    if (identity === null) return facts;
    if (this.#known.size >= processCountMax) this.#forgetOldest();
    this.#known.set(pid, { identity, facts });
    return facts;
  }

  forget(pid: number): void {
    this.#known.delete(pid);
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  #read(pid: number): ProcessFacts {
    const uid = uidOf(readText(`/proc/${pid}/status`));
    const group = readControlGroup(readText(`/proc/${pid}/cgroup`) ?? "");
    return {
      pid,
      executable: executableOf(pid),
      commandLine: this.#commandLine(pid),
      uid,
      user: uid === null ? null : this.#options.users.nameOf(uid),
      cgroup: group?.cgroup ?? null,
      unit: group?.unit ?? null,
      container: group?.container ?? null,
    };
  }

  #commandLine(pid: number): string | null {
    const { commandLines, commandLineLengthMax } = this.#options;
    if (!commandLines) return null;
    const bytes = readSome(`/proc/${pid}/cmdline`, commandLineBytesMax);
    if (bytes === null || bytes.length === 0) return null;
    return shownCommandLine(wordsOf(bytes), commandLineLengthMax);
  }
}

/** proc_pid_stat(5): the name may hold spaces and parentheses; field 22 is the start, in ticks from boot. */
function identityOf(pid: number): string | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  const nameEnd = text.lastIndexOf(")");
  const start = text.slice(nameEnd + 2).split(" ", 20)[19] ?? "";
  return `${start} ${text.slice(0, nameEnd)}`;
}

function executableOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`).slice(0, pathLengthMax);
  } catch {
    return null;
  }
}

/** The effective one, which decides what the process may do. */
function uidOf(status: string | null): number | null {
  const found = /^Uid:\t\d+\t(\d+)/m.exec(status ?? "");
  return found ? Number(found[1]) : null;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** The first bytes of a file, however long it is. */
function readSome(path: string, sizeBytes: number): Uint8Array | null {
  try {
    const fd = openSync(path, "r");
    try {
      const bytes = new Uint8Array(sizeBytes);
      return bytes.subarray(0, readSync(fd, bytes, 0, sizeBytes, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}
