import { readdirSync, readlinkSync } from "node:fs";

const recentCountMax = 4;

/** A process that was looked at. */
interface Looked {
  /** Sockets that it held, by descriptor. */
  sockets: Map<string, number>;
  /** Look in which a wanted socket was last found with it; 0: never. */
  foundIn: number;
}

export interface ProcessTableOptions {
  /** Only processes of this thread's network namespace are looked at; otherwise they come first. */
  onlyOwnNamespace: boolean;
  /** Whether a socket is still there, so that its descriptor need not be read again. */
  isLive: (inode: number) => boolean;
}

export interface ProcessLook {
  /** Numbers of the processes that hold the sockets, by inode. */
  found: Map<number, number>;
  /** False when time was over before all processes were looked at. */
  isComplete: boolean;
}

/**
 * Which process holds a socket: `/proc/PID/fd` of all processes (proc_pid_fd(5)), as few of them as will do. New
 * processes come first, then those that had sockets lately. Descriptors of sockets that are still there are not
 * read again.
 */
export class ProcessTable {
  readonly #options: ProcessTableOptions;
  readonly #looked = new Map<number, Looked>();
  readonly #ownNamespace = linkOf("/proc/thread-self/ns/net");
  #look = 0;
  /** The last to be found with new sockets, the newest at the end. */
  #recent: number[] = [];
  /** Processes whose descriptors may not be read, at the last look at each. */
  readonly #refused = new Set<number>();

  constructor(options: ProcessTableOptions) {
    this.#options = options;
  }

  /** Descriptors of how many processes may not be read. */
  get refusedCount(): number {
    return this.#refused.size;
  }

  /** Among the processes that had new sockets last: what is over in a millisecond is found only there. */
  findSoon(wanted: ReadonlySet<number>): Map<number, number> {
    const left = new Set(wanted);
    const found = new Map<number, number>();
    for (const pid of this.#recent.toReversed()) {
      if (left.size === 0) break;
      this.#lookAt(pid, left, found);
    }
    return found;
  }

  /** `mayGoOn` is asked before each process. */
  find(wanted: ReadonlySet<number>, mayGoOn: () => boolean): ProcessLook {
    this.#look++;
    const left = new Set(wanted);
    const found = new Map<number, number>();
    for (const pid of this.#inOrder()) {
      if (left.size === 0) break;
      if (!mayGoOn()) return { found, isComplete: false };
      if (this.#isWatched(pid)) this.#lookAt(pid, left, found);
    }
    this.#remember(found);
    return { found, isComplete: true };
  }

  #remember(found: ReadonlyMap<number, number>): void {
    const pids = new Set(found.values());
    if (pids.size === 0) return;
    this.#recent = [...this.#recent.filter((pid) => !pids.has(pid)), ...pids].slice(
      -recentCountMax,
    );
  }

  #inOrder(): number[] {
    const pids = processIds();
    const there = new Set(pids);
    for (const pid of this.#looked.keys()) if (!there.has(pid)) this.#looked.delete(pid);
    for (const pid of this.#refused) if (!there.has(pid)) this.#refused.delete(pid);
    const rank = (pid: number): number => this.#looked.get(pid)?.foundIn ?? this.#look;
    return pids.toSorted((one, other) => rank(other) - rank(one) || other - one);
  }

  #lookAt(pid: number, left: Set<number>, found: Map<number, number>): void {
    const descriptors = this.#descriptorsOf(pid);
    const before = this.#looked.get(pid);
    const looked: Looked = { sockets: new Map(), foundIn: before?.foundIn ?? 0 };
    for (const descriptor of descriptors) {
      const known = before?.sockets.get(descriptor);
      const isKnown = known !== undefined && this.#options.isLive(known);
      const inode = isKnown ? known : socketOf(pid, descriptor);
      if (inode === 0) continue;
      looked.sockets.set(descriptor, inode);
      if (!left.delete(inode)) continue;
      found.set(inode, pid);
      looked.foundIn = this.#look;
    }
    this.#looked.set(pid, looked);
  }

  /** A process can enter another namespace at any time before it opens sockets, so this is not remembered. */
  #isWatched(pid: number): boolean {
    if (!this.#options.onlyOwnNamespace) return true;
    return linkOf(`/proc/${pid}/ns/net`) === this.#ownNamespace;
  }

  #descriptorsOf(pid: number): string[] {
    try {
      const names = readdirSync(`/proc/${pid}/fd`);
      this.#refused.delete(pid);
      return names;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EACCES") this.#refused.add(pid);
      return [];
    }
  }
}

export const processIds = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** The inode in `socket:[12345]`; 0 of anything else. */
function socketOf(pid: number, descriptor: string): number {
  const link = linkOf(`/proc/${pid}/fd/${descriptor}`);
  return link.startsWith("socket:[") ? Number(link.slice(8, -1)) : 0;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
