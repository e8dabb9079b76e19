import { isoTime } from "../common/clock.ts";
import type { CoverageGap } from "./flight/coverage.ts";

/**
 * What a recorder that dies had not written yet is not older than this: packets lie 250 ms in the kernel and
 * as long in dumpcap, longer where it waits for a processor. Nobody knows what was lost of it, so a gap begins
 * that much earlier.
 */
export const unwrittenMilliseconds = 1_000;
const reasonTextMax = 500;
export const agentWasAway = "the agent was not running";

/** A gap as the coverage record tells it. */
export function recordingGap(
  interfaceName: string,
  { from, to, reason }: { from: number; to: number; reason: string },
): CoverageGap {
  return {
    interfaceName: interfaceName.slice(0, 15),
    from: isoTime(from),
    to: isoTime(to),
    reason: reason.slice(0, reasonTextMax),
  };
}

/** When a session's own recording was interrupted, interface by interface. */
export class RecordingGaps {
  readonly #open = new Map<string, { from: number; reason: string }>();
  readonly #onGap: (gap: CoverageGap) => void;

  constructor(onGap: (gap: CoverageGap) => void) {
    this.#onGap = onGap;
  }

  brokeOff(interfaceName: string, from: number, reason: string): void {
    if (!this.#open.has(interfaceName)) this.#open.set(interfaceName, { from, reason });
  }

  /** It is recorded again. */
  began(interfaceName: string, at: number): void {
    const open = this.#open.get(interfaceName);
    this.#open.delete(interfaceName);
    if (open && open.from < at) this.#onGap(recordingGap(interfaceName, { ...open, to: at }));
  }

  /** The session has ended: what was not recorded again is missing until then. */
  ended(at: number): void {
    for (const name of this.#open.keys()) this.began(name, at);
  }
}
