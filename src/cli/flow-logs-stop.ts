/** Ctrl-C asks to stop cleanly; a second one ends the process as usual. */
export function stopSignal(): { signal: AbortSignal; close: () => void } {
  const abort = new AbortController();
  const stop = (): void => {
    close();
    abort.abort(new Error("stopped"));
  };
  const close = (): void => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return { signal: abort.signal, close };
}
