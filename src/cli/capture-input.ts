import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { NightcapError } from "../common/errors.ts";
import { InspectionError } from "../inspection/inspection-error.ts";

const readSizeBytes = 1_048_576;

/** The bytes of a capture file; `-` is standard input. What the system refuses names the path. */
export async function* captureInput(path: string): AsyncGenerator<Uint8Array, void> {
  const source: Readable =
    path === "-" ? process.stdin : createReadStream(path, { highWaterMark: readSizeBytes });
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    throw new NightcapError("CaptureFileFailed", `cannot read ${path}`, { cause });
  }
}

/** An error of the inspection as Nightcap's own, with the path that it is about. */
export function namingPath(path: string, error: unknown): unknown {
  if (!(error instanceof InspectionError)) return error;
  return new NightcapError(error.code, `${path}: ${error.message}`, { cause: error.cause });
}
