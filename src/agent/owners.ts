import { setTimeout as sleep } from "node:timers/promises";
import type { CaptureObservation } from "../capture/session.ts";
import { describeError } from "../common/errors.ts";
import { type Closable, startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import type { OwnerFigures } from "../common/owner-figures.ts";
import type { WatchReport } from "../owner/messages.ts";
import type { OwnerWatch } from "../owner/owner-watch.ts";
import type { OwnerSettings } from "../owner/settings.ts";

/** The agent is ready first; one that ends at once never starts a watch. */
const startMilliseconds = 1_000;
/** A watch that did not start, or ended, is started again after this time. */
const restartMilliseconds = 15_000;

/** Whose the sockets of this host are and were. */
export interface Owners extends Closable {
  /** While a session records, sockets are looked at more often. */
  observe(observation: CaptureObservation): void;
  /** The owners file of a time; null where nothing is known of it. */
  linesOf(window: { from: number; to: number }): Promise<string | null>;
  /** What the watch did and could not do; null where there is none. */
  figures(): OwnerFigures | null;
}

/**
 * Keeps a watch running over all restarts of it; what it knew is gone with it, and the next file says from when
 * on it knows. Its code is loaded with the first start.
 */
export function openOwners(options: {
  settings: OwnerSettings;
  networkNamespace: string | null;
  log: Log;
}): Owners {
  const { settings, networkNamespace, log } = options;
  if (!settings.enabled) return off;
  const recording = new Set<string>();
  let watch: OwnerWatch | null = null;
  const start = async (): Promise<void> => {
    const { startOwnerWatch } = await import("../owner/owner-watch.ts");
    const started = await startOwnerWatch({ settings, networkNamespace });
    started.setBusy(recording.size > 0);
    watch = started;
    log.debug({}, "owners of sockets are watched");
    void started.ended.catch((error: unknown) => {
      if (watch !== started) return; // it was closed
      watch = null;
      log.warn({ reason: describeError(error) }, "the watch over sockets ended");
    });
  };
  const loop = startLoop({
    intervalMilliseconds: restartMilliseconds,
    async work(signal) {
      if (watch === null && !(await isOver(signal))) await start();
    },
    onError: (error) =>
      log.warn({ reason: describeError(error) }, "owners of sockets are not known"),
  });
  return {
    observe({ sessionId, phase }) {
      const before = recording.size;
      if (phase === "recording") recording.add(sessionId);
      else recording.delete(sessionId);
      if ((recording.size === 0) !== (before === 0)) watch?.setBusy(recording.size > 0);
    },
    async linesOf(window) {
      const lines = (await watch?.linesOf(window)) ?? null;
      return lines === null ? null : new TextDecoder().decode(lines);
    },
    figures: () => figuresOf(watch?.report() ?? null),
    async close() {
      const closing = loop.close();
      const running = watch;
      watch = null;
      await Promise.all([closing, running?.close()]);
      // One that was just being started.
      await (watch as OwnerWatch | null)?.close();
    },
  };
}

function figuresOf(report: WatchReport | null): OwnerFigures | null {
  if (!report) return null;
  const { counters, liveCount } = report;
  return {
    scans: counters.scansTotal,
    scansDelayed: counters.scansDelayedTotal,
    sockets: counters.socketsTotal,
    missedSockets: counters.missedTotal,
    liveSockets: liveCount,
    overflow: counters.overflowTotal,
    eventLosses: counters.eventLossesTotal,
    cpuMilliseconds: counters.cpuMilliseconds,
  };
}

const off: Owners = {
  observe() {},
  linesOf: async () => null,
  figures: () => null,
  close: async () => {},
};

/** True when the agent was closed meanwhile. */
async function isOver(signal: AbortSignal): Promise<boolean> {
  await sleep(startMilliseconds, undefined, { signal }).catch(() => {});
  return signal.aborted;
}
