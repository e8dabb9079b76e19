import type { SocketOwner } from "./socket-owner.ts";

/** Connections of one program to one place, that followed each other. */
interface Run {
  owner: SocketOwner;
  isOneProcess: boolean;
  from: number;
  to: number;
  count: number;
}

/** Runs kept of one place; a program that goes on has one. */
const runsPerPlaceMax = 256;
/** One connection may be chance. */
const connectionCountMin = 2;

/**
 * Connections by where they went: a program that connects anew all the time is seen now and then, and those of its
 * connections that were not seen lasted too short.
 */
export class Siblings {
  readonly #runs = new Map<string, Run[]>();
  readonly #toleranceMilliseconds: number;
  overflow = 0;

  constructor(toleranceMilliseconds: number) {
    this.#toleranceMilliseconds = toleranceMilliseconds;
  }

  add(place: string, owner: SocketOwner): void {
    if (owner.executable === null) return;
    const runs = this.#runs.get(place) ?? [];
    if (runs.length === 0) this.#runs.set(place, runs);
    const last = runs.at(-1);
    if (last && this.#goesOn(last, owner)) extend(last, owner);
    else if (runs.length < runsPerPlaceMax) runs.push(runOf(owner));
    else this.overflow++;
  }

  #goesOn({ owner, from, to }: Run, next: SocketOwner): boolean {
    const tolerance = this.#toleranceMilliseconds;
    const isNear = next.firstSeen <= to + tolerance && next.lastSeen >= from - tolerance;
    return isNear && isSameProgram(owner, next);
  }

  /** The program of all connections that were seen there about that time; null when there were several, or one. */
  find(place: string, time: { firstTime: number; lastTime: number }): SocketOwner | null {
    const tolerance = this.#toleranceMilliseconds;
    const near = (this.#runs.get(place) ?? []).filter(
      ({ from, to }) => from <= time.lastTime + tolerance && to >= time.firstTime - tolerance,
    );
    const [first] = near;
    if (!first || !near.every(({ owner }) => isSameProgram(owner, first.owner))) return null;
    if (near.reduce((sum, { count }) => sum + count, 0) < connectionCountMin) return null;
    const isOneProcess = near.every((run) => run.isOneProcess && run.owner.pid === first.owner.pid);
    return isOneProcess ? first.owner : { ...first.owner, pid: null, commandLine: null };
  }
}

const isSameProgram = (one: SocketOwner, other: SocketOwner): boolean =>
  one.executable === other.executable && one.uid === other.uid && one.container === other.container;

const runOf = (owner: SocketOwner): Run => ({
  owner,
  isOneProcess: true,
  from: owner.firstSeen,
  to: owner.lastSeen,
  count: 1,
});

function extend(run: Run, owner: SocketOwner): void {
  run.from = Math.min(run.from, owner.firstSeen);
  run.to = Math.max(run.to, owner.lastSeen);
  run.count++;
  if (owner.pid !== run.owner.pid) run.isOneProcess = false;
}
