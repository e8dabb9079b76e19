import type { CaptureInterface } from "./record.ts";

export interface Time {
  seconds: number;
  nanoseconds: number;
}

const nanosecondsPerSecond = 1_000_000_000;

/**
 * Writes the time that a pcapng timestamp means into `target`. Units of up to 1e9 a second, which all
 * recorders use, need no BigInt: long division by 16-bit digits is exact in doubles.
 */
export function ticksToTime(
  target: Time,
  high: number,
  low: number,
  source: CaptureInterface,
): void {
  const ticksPerSecond = decimalTicks[source.timeResolution];
  if (ticksPerSecond === undefined) {
    uncommonTicksToTime(target, high, low, source);
    return;
  }
  let quotient = Math.floor(high / ticksPerSecond);
  let rest = (high - quotient * ticksPerSecond) * 65_536 + (low >>> 16);
  const digit = Math.floor(rest / ticksPerSecond);
  rest = (rest - digit * ticksPerSecond) * 65_536 + (low & 0xffff);
  quotient = quotient * 4_294_967_296 + digit * 65_536 + Math.floor(rest / ticksPerSecond);
  const seconds = quotient + source.timeOffsetSeconds;
  // Small whole numbers are kept as such, where what divisions give would be a float in every later step.
  const whole = seconds | 0;
  target.seconds = whole === seconds ? whole : seconds;
  target.nanoseconds = ((rest % ticksPerSecond) * (nanosecondsPerSecond / ticksPerSecond)) | 0;
}

const decimalTicks: readonly number[] = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** The time of timestamps that come one after another: most are within the second of the one before. */
export class TickClock {
  #source: CaptureInterface | null = null;
  #high = 0;
  #low = 0;
  #seconds = 0;
  #nanoseconds = 0;

  read(target: Time, high: number, low: number, source: CaptureInterface): void {
    const unit = nanosecondsPerTick[source.timeResolution];
    const since = low - this.#low;
    if (unit !== undefined && source === this.#source && high === this.#high && since >= 0) {
      const nanoseconds = this.#nanoseconds + since * unit;
      if (nanoseconds < nanosecondsPerSecond) {
        target.seconds = this.#seconds;
        target.nanoseconds = nanoseconds | 0;
        return;
      }
    }
    ticksToTime(target, high, low, source);
    this.#source = source;
    this.#high = high;
    this.#low = low;
    this.#seconds = target.seconds;
    this.#nanoseconds = target.nanoseconds;
  }
}

const nanosecondsPerTick: readonly number[] = decimalTicks.map(
  (ticks) => nanosecondsPerSecond / ticks,
);

/** Powers of 2 and units below the nanosecond, rounded down to nanoseconds. */
function uncommonTicksToTime(
  target: Time,
  high: number,
  low: number,
  source: CaptureInterface,
): void {
  const resolution = source.timeResolution;
  const perSecond = resolution >= 128 ? 1n << BigInt(resolution - 128) : 10n ** BigInt(resolution);
  const ticks = (BigInt(high) << 32n) | BigInt(low);
  target.seconds = Number(ticks / perSecond) + source.timeOffsetSeconds;
  target.nanoseconds = Number(((ticks % perSecond) * BigInt(nanosecondsPerSecond)) / perSecond);
}

/** The time as nanoseconds since the epoch. */
export function toNanoseconds({ seconds, nanoseconds }: Time): bigint {
  return BigInt(seconds) * BigInt(nanosecondsPerSecond) + BigInt(nanoseconds);
}

/** The same as text; without a BigInt, which costs ten times as much, for all times after the first second of 1970. */
export function nanosecondsText(time: Time): string {
  const { seconds, nanoseconds } = time;
  const isPlain = seconds > 0 && nanoseconds >= 0 && nanoseconds < nanosecondsPerSecond;
  return isPlain
    ? `${seconds}${String(nanoseconds).padStart(9, "0")}`
    : String(toNanoseconds(time));
}
