import { useEffect, useState } from "react";

export interface Answered<T> {
  /** The answer before stays until the next one has come. */
  data: T | null;
  error: Error | null;
  isPending: boolean;
}

/** Asks anew when `ask` is another function; what is no longer wanted is not waited for. Null asks nothing. */
export function useAnswer<T>(ask: ((signal: AbortSignal) => Promise<T>) | null): Answered<T> {
  const [kept, keep] = useState<Answered<T>>({
    data: null,
    error: null,
    isPending: ask !== null,
  });
  useEffect(() => {
    if (!ask) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    keep((before) => ({ ...before, isPending: true }));
    void answerOf(ask(signal)).then((answered) => !signal.aborted && keep(answered));
    return () => controller.abort();
  }, [ask]);
  return kept;
}

async function answerOf<T>(asked: Promise<T>): Promise<Answered<T>> {
  try {
    return { data: await asked, error: null, isPending: false };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    return { data: null, error, isPending: false };
  }
}
