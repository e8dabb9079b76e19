import { useCallback, useRef, useState } from "react";
import { askLogs, type LogAnswer, type LogQuestion } from "../../api/logs.ts";

export type Run =
  | { readonly state: "idle" }
  | { readonly state: "running"; readonly startedMs: number }
  | { readonly state: "done"; readonly answer: LogAnswer; readonly tookMs: number }
  | { readonly state: "failed"; readonly error: Error; readonly question: LogQuestion }
  | { readonly state: "cancelled"; readonly tookMs: number };

export interface Runner {
  readonly run: Run;
  /** Ends a query that still runs, and asks this one. */
  readonly ask: (question: LogQuestion) => void;
  readonly cancel: () => void;
  /** Ends a query that still runs, and says nothing of it. */
  readonly close: () => void;
}

/** One query at a time. Who leaves the page, cancels or asks anew ends the one before, also in the engine. */
export function useRun(target: string, onEnd: (question: LogQuestion, run: Run) => void): Runner {
  const [run, setRun] = useState<Run>({ state: "idle" });
  const current = useRef<AbortController | null>(null);
  const ended = useRef(onEnd);
  ended.current = onEnd;
  const ask = useCallback(
    (question: LogQuestion) => {
      current.current?.abort();
      const over = new AbortController();
      current.current = over;
      const startedMs = performance.now();
      setRun({ state: "running", startedMs });
      const end = (next: Run): void => {
        if (current.current !== over) return;
        current.current = null;
        setRun(next);
        ended.current(question, next);
      };
      askLogs(target, question, over.signal).then(
        (answer) => end({ state: "done", answer, tookMs: performance.now() - startedMs }),
        (error: Error) => {
          const tookMs = performance.now() - startedMs;
          end(
            over.signal.aborted
              ? { state: "cancelled", tookMs }
              : { state: "failed", error, question },
          );
        },
      );
    },
    [target],
  );
  const cancel = useCallback(() => current.current?.abort(), []);
  const close = useCallback(() => {
    current.current?.abort();
    current.current = null;
  }, []);
  return { run, ask, cancel, close };
}
