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

/** A reader that has gone raises an event besides the call's error; the call's is the one told. */
function listenOnce(): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => undefined);
}
