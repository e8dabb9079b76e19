import { setImmediate } from "node:timers/promises";
import { NightcapError } from "../../common/errors.ts";

/** Work that goes on for longer lets others have their turn. */
const workMilliseconds = 15;

/** Called between steps of a long work: gives way to others now and then, and throws when nobody waits, or for too long. */
export function createTurns(options: {
  signal: AbortSignal;
  limitSeconds: number;
  /** Milliseconds that only go forward. */
  now?: () => number;
}): () => Promise<void> | void {
  const { signal, limitSeconds, now = () => performance.now() } = options;
  const started = now();
  let since = started;
  const giveWay = async (): Promise<void> => {
    await setImmediate();
    signal.throwIfAborted();
    since = now();
  };
  return () => {
    const time = now();
    if (time - since < workMilliseconds) return undefined;
    if (time - started <= limitSeconds * 1_000) return giveWay();
    throw new NightcapError(
      "QueryTimeout",
      `the preview took longer than ${limitSeconds} s: a shorter time has fewer evaluations`,
    );
  };
}
