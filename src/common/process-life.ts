/** Tells the process that started this one, if it listens, that the work has begun, and what else it should know. */
export function tellReady(ready: string, more: Readonly<Record<string, string | null>> = {}): void {
  process.send?.({ ready, ...more });
}

/**
 * Resolves when this process shall end: on SIGINT, SIGTERM or SIGHUP, or when the process that started
 * it is gone (its channel closes, also by kill -9).
 */
export function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    const stop = (reason: string): void => {
      // An open channel to the parent would keep this process alive when all else is closed.
      if (process.connected) process.disconnect?.();
      resolve(reason);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => stop(signal));
    }
    if (process.connected) process.on("disconnect", () => stop("parent ended"));
  });
}
