import { open } from "node:fs/promises";
import { NightcapError } from "../common/errors.ts";
import { type OwnersFile, readOwners } from "../inspection/change/socket-owner.ts";

/** What lies beside a capture that an agent made. */
export const ownersExtension = ".owners.jsonl";
/** Of a longer file the rest is left out, and the closing line with it, which says so. */
const fileSizeBytesMax = 256 << 20;

/** The owners file that was named, or the one beside the capture; null when there is none. */
export async function readOwnersOf(
  capturePath: string,
  ownersPath: string | null,
): Promise<OwnersFile | null> {
  const path = ownersPath ?? `${capturePath}${ownersExtension}`;
  try {
    return await readOwners(bytesOf(path));
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (isAbsent && ownersPath === null) return null;
    throw new NightcapError("CaptureFileFailed", `cannot read the owners file ${path}`, { cause });
  }
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    yield* file.createReadStream({ end: fileSizeBytesMax - 1, autoClose: false });
  } finally {
    await file.close();
  }
}
