import { useEffect, useState } from "react";
import { checkQuery, type LogDiagnostic } from "../../api/logs.ts";
import { ApiError } from "../../api/request.ts";
import type { Problem } from "./editor/controls.ts";

/** A pause in typing after which the query is looked at. */
const pauseMilliseconds = 350;
const shownCountMax = 50;

/** What is wrong with the text, said by the control plane a moment after the last key. */
export function useProblems(text: string): readonly Problem[] {
  const [found, setFound] = useState<{ text: string; problems: readonly Problem[] }>(none);
  useEffect(() => {
    const over = new AbortController();
    const look = async (): Promise<void> => {
      const diagnostics = await checkQuery(text, over.signal);
      setFound({ text, problems: diagnostics.slice(0, shownCountMax).map(problemOf) });
    };
    // Where nobody can say now, a run still will.
    const timer = setTimeout(() => void look().catch(() => {}), pauseMilliseconds);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [text]);
  return found.text === text ? found.problems : none.problems;
}

const none = { text: "", problems: [] as readonly Problem[] };

const problemOf = ({ message, hint, line, column, length }: LogDiagnostic): Problem => ({
  message: hint === undefined ? message : `${message} (${hint})`,
  line,
  column,
  length,
});

interface InnerError {
  message?: string;
  line?: number;
  pos?: number;
  token?: string;
  innererror?: InnerError;
}

/** The reason that an answer of Log Analytics hides inside, and its place in the query where it has one. */
export function failureOf(error: Error): { message: string; problem: Problem | null } {
  const whole = error instanceof ApiError ? error.answer : null;
  const outer = (whole as { error?: InnerError } | null)?.error;
  let innermost: InnerError = outer ?? {};
  while (innermost.innererror) innermost = innermost.innererror;
  const { message = error.message, line, pos, token } = innermost;
  if (line === undefined || pos === undefined) return { message, problem: null };
  return { message, problem: { message, line, column: pos + 1, length: token?.length ?? 1 } };
}
