import {
  ownerLine,
  type OwnersSummary,
  type SocketOwner,
  summaryLine,
} from "../inspection/change/socket-owner.ts";
import type { ControlGroup } from "./control-group.ts";
import type { OwnerCounters } from "./counters.ts";
import type { ProcessFacts } from "./process-facts.ts";
import { protocolTcp, type SocketReader } from "./socket-message.ts";

/** Memory of one observation, roughly: the object, its two addresses, its places in the maps. */
const observationSizeBytes = 400;
/** Looks for the process of a socket before it is taken as one that no process holds. */
const attemptCountMax = 3;
/** Sockets that left the kernel's lists, whose ends have not been told yet: a process may hold a reset one for long. */
const leftCountMax = 65_536;
/** Room for the closing line. */
const summarySizeBytes = 65_536;

/** One socket, while it is connected as it is. */
export interface Observation {
  readonly isTcp: boolean;
  readonly localAddress: string;
  readonly localPort: number;
  /** "" when it is not connected. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteHash: number;
  readonly uid: number;
  inode: number;
  /** What the socket itself says, where no process is found. */
  readonly group: ControlGroup | null;
  process: ProcessFacts | null;
  attempts: number;
  readonly firstSeen: number;
  lastSeen: number;
  /** The scan that saw it last. */
  scan: number;
}

export interface SocketTableOptions {
  keepMilliseconds: number;
  sizeBytesMax: number;
  counters: OwnerCounters;
  userOf: (uid: number) => string | null;
  groupOf: (cgroupId: number) => ControlGroup | null;
}

/** Sockets that are there, and those that were, for as long and as many as is allowed. */
export class SocketTable {
  readonly #options: SocketTableOptions;
  readonly #live = new Map<number, Observation>();
  readonly #byInode = new Map<number, Observation>();
  /** In the order of their ends; those before `#endedFrom` are forgotten. */
  #ended: Observation[] = [];
  #endedFrom = 0;
  readonly #unresolved = new Set<Observation>();
  readonly #left = new Set<number>();
  readonly #missed: { second: number; count: number }[] = [];
  readonly #countMax: number;
  #scan = 0;

  constructor(options: SocketTableOptions) {
    this.#options = options;
    this.#countMax = Math.floor(options.sizeBytesMax / observationSizeBytes);
  }

  get liveCount(): number {
    return this.#live.size;
  }

  get endedCount(): number {
    return this.#ended.length - this.#endedFrom;
  }

  isLive = (inode: number): boolean => this.#byInode.has(inode);

  /** Inodes of sockets whose process is not known yet. */
  wantedInodes(): Set<number> {
    const inodes = new Set<number>();
    for (const { inode } of this.#unresolved) if (inode !== 0) inodes.add(inode);
    return inodes;
  }

  startScan(): void {
    this.#scan++;
  }

  /** What was not in a whole scan is gone. */
  finishScan(isComplete: boolean, now: number): void {
    if (isComplete) {
      for (const [cookie, socket] of this.#live)
        if (socket.scan !== this.#scan) this.#leave(cookie, socket);
    }
    this.#forget(now);
  }

  /** A socket as a scan or a look shows it; the protocol of a dump is not in its messages. */
  see(reader: SocketReader, protocol: number, now: number): void {
    const { entry } = reader;
    if (!entry.isSocket) return;
    const known = this.#live.get(entry.cookie);
    if (known && known.remoteHash === entry.remoteHash) {
      known.lastSeen = now;
      known.scan = this.#scan;
      if (known.inode === 0 && entry.inode !== 0) this.#gotInode(known, entry.inode);
      return;
    }
    if (known) this.#end(entry.cookie, known);
    if (this.#live.size >= this.#countMax) {
      this.#options.counters.overflowTotal++;
      return;
    }
    const isConnected = entry.remotePort !== 0;
    const socket: Observation = {
      isTcp: protocol === protocolTcp,
      localAddress: reader.localAddress(),
      localPort: entry.localPort,
      remoteAddress: isConnected ? reader.remoteAddress() : "",
      remotePort: entry.remotePort,
      remoteHash: entry.remoteHash,
      uid: entry.uid,
      inode: entry.inode,
      group: this.#options.groupOf(entry.cgroupId),
      process: known?.inode === entry.inode ? known.process : null,
      attempts: 0,
      firstSeen: now,
      lastSeen: now,
      scan: this.#scan,
    };
    this.#live.set(entry.cookie, socket);
    this.#options.counters.socketsTotal++;
    if (entry.inode !== 0) this.#byInode.set(entry.inode, socket);
    if (socket.process === null) this.#unresolved.add(socket);
  }

  #gotInode(socket: Observation, inode: number): void {
    socket.inode = inode;
    this.#byInode.set(inode, socket);
    this.#unresolved.add(socket);
  }

  /** The kernel says that a socket is gone; one that nobody had seen is counted as missed. */
  destroyed(reader: SocketReader, now: number): void {
    const { entry } = reader;
    const known = this.#live.get(entry.cookie);
    if (known) {
      known.lastSeen = now;
      this.#end(entry.cookie, known);
      return;
    }
    if (this.#left.delete(entry.cookie)) return;
    const isFlow = entry.protocol === protocolTcp ? entry.remotePort !== 0 : entry.localPort !== 0;
    if (isFlow) this.#countMissed(now);
  }

  /** It is in no list any more; its end is told later, when its last file is closed. */
  #leave(cookie: number, socket: Observation): void {
    this.#end(cookie, socket);
    this.#left.add(cookie);
    if (this.#left.size <= leftCountMax) return;
    const [oldest = cookie] = this.#left;
    this.#left.delete(oldest);
  }

  #countMissed(now: number): void {
    this.#options.counters.missedTotal++;
    const second = Math.floor(now / 1_000);
    const last = this.#missed.at(-1);
    if (last?.second === second) last.count++;
    else this.#missed.push({ second, count: 1 });
  }

  /** The processes that a look found; the others are looked for a few times more. */
  resolve(
    found: ReadonlyMap<number, number>,
    isComplete: boolean,
    factsOf: (pid: number) => ProcessFacts,
  ): void {
    for (const socket of this.#unresolved) {
      const pid = found.get(socket.inode);
      if (pid !== undefined) socket.process = factsOf(pid);
      else if (isComplete && socket.inode !== 0) socket.attempts++;
      if (socket.process !== null || socket.attempts >= attemptCountMax)
        this.#unresolved.delete(socket);
    }
  }

  #end(cookie: number, socket: Observation): void {
    this.#live.delete(cookie);
    if (this.#byInode.get(socket.inode) === socket) this.#byInode.delete(socket.inode);
    this.#unresolved.delete(socket);
    this.#ended.push(socket);
    if (this.#live.size + this.endedCount > this.#countMax && this.endedCount > 0) {
      this.#options.counters.forgottenTotal++;
      this.#endedFrom++;
    }
  }

  #forget(now: number): void {
    const before = now - this.#options.keepMilliseconds;
    while ((this.#ended[this.#endedFrom]?.lastSeen ?? now) < before) this.#endedFrom++;
    if (this.#endedFrom > 1_024 && this.#endedFrom * 2 > this.#ended.length) {
      this.#ended = this.#ended.slice(this.#endedFrom);
      this.#endedFrom = 0;
    }
    while ((this.#missed[0]?.second ?? now) * 1_000 < before) this.#missed.shift();
  }

  /** All that was seen in a time, oldest first, and the closing line; at most so many bytes. */
  lines(ask: {
    from: number;
    to: number;
    sizeBytesMax: number;
    summary: Pick<OwnersSummary, "scans" | "scansDelayed" | "countsMissed" | "localAddresses">;
  }): string {
    const parts: string[] = [];
    const counts = { sockets: 0, withoutProcess: 0, overflow: 0 };
    let left = ask.sizeBytesMax - summarySizeBytes;
    for (const socket of this.#within(ask)) {
      const line = ownerLine(this.#ownerOf(socket));
      left -= Buffer.byteLength(line);
      if (left < 0) {
        counts.overflow++;
        continue;
      }
      parts.push(line);
      counts.sockets++;
      if (socket.process === null) counts.withoutProcess++;
    }
    const { from, to } = ask;
    const missedSockets = this.#missedWithin(ask);
    parts.push(summaryLine({ ...counts, missedSockets, ...ask.summary, from, to }));
    return parts.join("");
  }

  *#within({ from, to }: { from: number; to: number }): Generator<Observation> {
    const isWithin = ({ firstSeen, lastSeen }: Observation): boolean =>
      firstSeen <= to && lastSeen >= from;
    for (let at = this.#endedFrom; at < this.#ended.length; at++) {
      const socket = this.#ended[at];
      if (socket && isWithin(socket)) yield socket;
    }
    for (const socket of this.#live.values()) if (isWithin(socket)) yield socket;
  }

  #missedWithin({ from, to }: { from: number; to: number }): number {
    const first = Math.floor(from / 1_000);
    const last = Math.floor(to / 1_000);
    return this.#missed
      .filter(({ second }) => second >= first && second <= last)
      .reduce((sum, { count }) => sum + count, 0);
  }

  #ownerOf(socket: Observation): SocketOwner {
    const { process, isTcp, localAddress, localPort, remoteAddress, remotePort } = socket;
    const isConnected = remoteAddress !== "";
    const group = process ?? socket.group;
    const uid = process?.uid ?? socket.uid;
    return {
      protocol: isTcp ? "tcp" : "udp",
      localAddress,
      localPort,
      remoteAddress: isConnected ? remoteAddress : null,
      remotePort: isConnected ? remotePort : null,
      pid: process?.pid ?? null,
      executable: process?.executable ?? null,
      commandLine: process?.commandLine ?? null,
      uid,
      user: process?.user ?? this.#options.userOf(uid),
      cgroup: group?.cgroup ?? null,
      unit: group?.unit ?? null,
      container: group?.container ?? null,
      firstSeen: socket.firstSeen,
      lastSeen: socket.lastSeen,
    };
  }
}
