import { setImmediate as nextTurn } from "node:timers/promises";
import type { DocumentTable } from "../common/documents.ts";
import { type Closable, startLoop } from "../common/lifecycle.ts";
import type { CaptureSession } from "../provider/captures/capture-session.ts";

/** A session that is due is announced; this finds those that a crash left. */
const scanIntervalMilliseconds = 600_000;
/** Sessions read at a time by that scan, so that requests are answered in between. */
const scanPageCount = 100;
/** Announced sessions that wait; beyond, all are looked through instead. */
const announcedCountMax = 10_000;

export interface SessionLoopOptions {
  sessions: DocumentTable<CaptureSession>;
  /** Whether there is something to do, as far as the session itself tells. */
  isDue: (session: CaptureSession) => boolean;
  /** Of a page of the scan, the sessions that are done although they look due. */
  done?: (sessionIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** May be called twice for a session. What it throws ends the run, and all are looked through again. */
  work(session: CaptureSession, signal: AbortSignal): Promise<void>;
  onError(error: unknown): void;
  /** Milliseconds between two looks through all sessions. */
  scanMilliseconds?: number;
}

export interface SessionLoop extends Closable {
  /** The session may be due. */
  wake(sessionId: string): void;
}

/** Does something for each session once it is due, one after the other; a crash forgets none. */
export function startSessionLoop(options: SessionLoopOptions): SessionLoop {
  const intervalMilliseconds = options.scanMilliseconds ?? scanIntervalMilliseconds;
  const announced = new Set<string>();
  let scannedAt = -Infinity;
  const loop = startLoop({
    intervalMilliseconds,
    async work(signal) {
      if (performance.now() - scannedAt >= intervalMilliseconds) {
        scannedAt = performance.now();
        for await (const id of dueSessions(options)) announced.add(id);
      }
      for (const id of announced) {
        if (signal.aborted) return;
        // First, so that what is announced from here on is looked at again.
        announced.delete(id);
        const found = await options.sessions.get(id);
        if (found && options.isDue(found.body)) await options.work(found.body, signal);
      }
    },
    onError(error) {
      scannedAt = -Infinity;
      options.onError(error);
    },
  });
  return {
    wake(sessionId) {
      if (announced.size < announcedCountMax) announced.add(sessionId);
      else scannedAt = -Infinity;
      loop.wake();
    },
    close: () => loop.close(),
  };
}

async function* dueSessions({ sessions, isDue, done }: SessionLoopOptions): AsyncGenerator<string> {
  for (let after = "", more = true; more;) {
    const page = await sessions.list({ after, limit: scanPageCount });
    const isDone = await done?.(page.map(({ key }) => key));
    for (const { key, body } of page) if (isDue(body) && !isDone?.has(key)) yield key;
    after = page.at(-1)?.key ?? after;
    more = page.length === scanPageCount;
    await nextTurn();
  }
}
