import { isoTime } from "../../../common/clock.ts";
import type { Clock } from "../../../common/clock.ts";
import { describeError, NightcapError } from "../../../common/errors.ts";
import type { Closable } from "../../../common/lifecycle.ts";
import { type Check, judge } from "./check.ts";
import { type VerifyOptions, verifySession } from "./verify-session.ts";

/** Each reads whole files: more at once would be slower for all. */
const runningCountMax = 2;
/** What came of earlier ones is kept until this many came after. */
const keptCountMax = 64;

/** How far a verification is, or what came of it. */
export interface Verification {
  sessionId: string;
  state: "running" | "done" | "failed";
  /** ISO 8601. */
  startedAt: string;
  finishedAt: string | null;
  startedBy: string;
  readBytes: number;
  /** 0 until the manifest was read. */
  totalBytes: number;
  /** Null while it runs. */
  verdict: "right" | "wrong" | "incomplete" | null;
  checks: Check[];
  /** Why it could not be done. */
  problem: string | null;
}

export interface Verifications extends Closable {
  /** Begins one; the one that runs for the session where there is one. Throws `TooManyRequests` when too many run. */
  begin(sessionId: string, by: { name: string; withLog: boolean }): Verification;
  /** The last one of the session since the control plane started; null: there was none. */
  last(sessionId: string): Verification | null;
}

export function createVerifications(options: VerifyOptions & { clock: Clock }): Verifications {
  const { clock } = options;
  const all = new Map<string, Verification>();
  const running = new Set<Promise<void>>();
  const abort = new AbortController();
  const { signal } = abort;
  const run = async (verification: Verification, withLog: boolean): Promise<void> => {
    const { sessionId, checks } = verification;
    try {
      await verifySession(
        options,
        { sessionId, withLog, signal },
        {
          total: (sizeBytes) => (verification.totalBytes = sizeBytes),
          read: (sizeBytes) => (verification.readBytes += sizeBytes),
          checked: (check) => checks.push(check),
        },
      );
      Object.assign(verification, { state: "done", verdict: judge(checks) });
    } catch (error) {
      Object.assign(verification, { state: "failed", problem: describeError(error) });
    }
    verification.finishedAt = isoTime(clock.now());
  };
  return {
    begin(sessionId, { name, withLog }) {
      const known = all.get(sessionId);
      if (known?.state === "running") return known;
      if (running.size >= runningCountMax) {
        const message = `${runningCountMax} captures are being verified already: ask again`;
        throw new NightcapError("TooManyRequests", message);
      }
      const verification: Verification = {
        sessionId,
        state: "running",
        startedAt: isoTime(clock.now()),
        finishedAt: null,
        startedBy: name,
        readBytes: 0,
        totalBytes: 0,
        verdict: null,
        checks: [],
        problem: null,
      };
      all.delete(sessionId);
      all.set(sessionId, verification);
      for (const old of [...all.keys()].slice(0, -keptCountMax)) all.delete(old);
      const work = run(verification, withLog).finally(() => running.delete(work));
      running.add(work);
      return verification;
    },
    last: (sessionId) => all.get(sessionId) ?? null,
    async close() {
      abort.abort(new Error("closing"));
      await Promise.all(running);
    },
  };
}
