import { stat } from "node:fs/promises";
import { isoTime } from "../common/clock.ts";
import type { CoverageGap } from "./flight/coverage.ts";
import { liveParts } from "./parts.ts";

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

/**
 * When a session's own recording was interrupted, interface by interface. A gap begins with the last write
 * to the file: what the recorder had not written when it died is lost, and nobody knows what that was.
 */
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

/** When a file was last written, milliseconds since the epoch; `otherwise` when it is not there. */
export async function lastWriteOf(path: string, otherwise: number): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => otherwise,
  );
}

/** When the session last wrote what it records of an interface; `otherwise` when it has not. */
export async function lastWriteOfInterface(
  directory: string,
  interfaceName: string,
  otherwise: number,
): Promise<number> {
  const paths = await liveParts(directory, interfaceName);
  const times = await Promise.all(paths.map((path) => lastWriteOf(path, otherwise)));
  return Math.max(otherwise, ...times);
}
