import { statSync } from "node:fs";

const progressAfterMilliseconds = 1_000;
const progressEveryMilliseconds = 200;

const barWidth = 24;

/** A bar and a share where the size is known, and how much was read where it is not. */
export function progressText(bytes: number, sizeBytes: number): string {
  const read = `${(bytes / 1e6).toFixed(0)} MB`;
  if (sizeBytes <= 0) return `${read} read`;
  const share = Math.min(1, bytes / sizeBytes);
  const done = Math.floor(share * barWidth);
  const bar = `${"#".repeat(done)}${".".repeat(barWidth - done)}`;
  return `[${bar}] ${Math.floor(share * 100)} %, ${read} of ${(sizeBytes / 1e6).toFixed(0)} MB`;
}

export interface Progress {
  /** Bytes read so far. */
  show: (bytes: number) => void;
  clear: () => void;
}

/** A line on standard error that says how far it is, if that is a terminal and it takes a while. */
export function progressOf(path: string): Progress {
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  const sizeBytes = sizeOf(path);
  let nextMilliseconds = performance.now() + progressAfterMilliseconds;
  let shown = false;
  return {
    show: (bytes) => {
      const now = performance.now();
      if (now < nextMilliseconds) return;
      nextMilliseconds = now + progressEveryMilliseconds;
      shown = true;
      process.stderr.write(`\r\u001B[K${path}: ${progressText(bytes, sizeBytes)}`);
    },
    clear: () => {
      if (shown) process.stderr.write("\r\u001B[K");
      shown = false;
    },
  };
}

/** 0 where it is not known: whoever reads the file says why. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
