import type { Clock } from "../../common/clock.ts";
import type { RingFile } from "./ring-file.ts";

/** A smaller difference is the clock being slewed, or this process being late. */
const stepMillisecondsMin = 250;
const stepCountMax = 64;

export interface ClockStep {
  /** When it was noticed, by the clock after the step; milliseconds since the epoch. */
  at: number;
  /** Greater than nought: the clock was put forward. */
  milliseconds: number;
}

/** Notices when the wall clock, which stamps the packets, jumps against a clock that cannot. */
export class ClockSteps {
  readonly #clock: Clock;
  readonly #steps: ClockStep[] = [];
  #difference: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#difference = clock.now() - performance.now();
  }

  /** Looks once; call it every second or so. */
  look(): ClockStep | null {
    const now = this.#clock.now();
    const difference = now - performance.now();
    const milliseconds = difference - this.#difference;
    this.#difference = difference;
    if (Math.abs(milliseconds) < stepMillisecondsMin) return null;
    const step = { at: now, milliseconds: Math.round(milliseconds) };
    this.#steps.push(step);
    if (this.#steps.length > stepCountMax) this.#steps.shift();
    return step;
  }

  /** Those since `from`, by the clock as it is now. */
  since(from: number): ClockStep[] {
    this.look();
    return this.#steps.filter(({ at, milliseconds }) => at + Math.abs(milliseconds) >= from);
  }
}

/** Files of a ring are whole one after the other: one that is older than the one before it, or newer than now. */
const orderToleranceMilliseconds = 1_000;

/** Where the clock was put back, as the times of a ring's files show it, in their order; `now` is when they were listed. */
export function stepsBack(files: readonly RingFile[], now: number): ClockStep[] {
  return files.flatMap((file, index) => {
    const next = files[index + 1];
    const follows = next?.interfaceName === file.interfaceName;
    const at = follows ? next.modifiedAt : now;
    const milliseconds = Math.round(at - file.modifiedAt);
    const isBack = milliseconds < -orderToleranceMilliseconds;
    return isBack ? [{ at, milliseconds }] : [];
  });
}
