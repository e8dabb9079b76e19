import { NightcapError } from "../common/errors.ts";

/** Writes to standard output and waits for a slow reader, so that memory stays bounded. */
export async function writeOut(content: string | Uint8Array): Promise<void> {
  listenOnce();
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(content, (cause) => {
      if (!cause) resolve();
      else
        reject(
          new NightcapError("CaptureFileFailed", "cannot write to standard output", { cause }),
        );
    });
  });
}

/** True for what `writeOut` raises when nobody reads any more (`nightcap ... | head`). */
export function isReaderGone(error: unknown): boolean {
  if (!(error instanceof NightcapError)) return false;
  const { cause } = error;
  return cause instanceof Error && "code" in cause && cause.code === "EPIPE";
}

let isListening = false;

/**
 * A reader that has gone raises an event besides the call's error; the call's is the one told. Others
 * that listen are not counted: the pipe of a worker thread's output raises the event again.
 */
function listenOnce(): void {
  if (!isListening) process.stdout.on("error", () => undefined);
  isListening = true;
}
