/** Tells the process that started this one, if it listens, that the work has begun. */
export function tellReady(ready: string): void {
  process.send?.({ ready });
}

/**
 * Resolves when this process shall end: on SIGINT, SIGTERM or SIGHUP, or when the process that started
 * it is gone (its channel closes, also by kill -9).
 */
export function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => resolve(signal));
    }
    if (process.connected) process.on("disconnect", () => resolve("parent ended"));
  });
}
