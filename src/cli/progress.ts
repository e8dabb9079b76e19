const progressAfterMilliseconds = 1_000;
const progressEveryMilliseconds = 200;

export interface Progress {
  /** Bytes read so far. */
  show: (bytes: number) => void;
  clear: () => void;
}

/** A line on standard error that says how far it is, if that is a terminal and it takes a while. */
export function progressOf(path: string): Progress {
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  let nextMilliseconds = performance.now() + progressAfterMilliseconds;
  let shown = false;
  return {
    show: (bytes) => {
      const now = performance.now();
      if (now < nextMilliseconds) return;
      nextMilliseconds = now + progressEveryMilliseconds;
      shown = true;
      process.stderr.write(`\r\u001B[K${path}: ${(bytes / 1e6).toFixed(0)} MB read`);
    },
    clear: () => {
      if (shown) process.stderr.write("\r\u001B[K");
    },
  };
}
