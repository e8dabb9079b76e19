import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { hashFile } from "../../capture/finish.ts";
import { sideFileExtension } from "../../capture/side-files.ts";
import type { CaptureSession } from "../../provider/captures/capture-session.ts";
import type { BlobAddress, BlobStore } from "../../storage/blob-store.ts";

/** An owners file that is larger is not one of ours. */
const sizeBytesMax = 256 << 20;

interface Places {
  store: BlobStore;
  addressOf(storagePath: string): BlobAddress | null;
}

/** The file of a capture that says which process owned a socket; null when it is not here as the host made it. */
export async function openOwnersFile(
  { observed, storagePath }: Pick<CaptureSession, "observed" | "storagePath">,
  places: Places,
): Promise<Readable | ReadableStream<Uint8Array> | null> {
  const file = observed?.sideFiles?.find(({ kind }) => kind === "owners");
  if (!file || file.sizeBytes > sizeBytesMax) return null;
  const address = file.uploaded
    ? places.addressOf(`${storagePath}${sideFileExtension("owners")}`)
    : null;
  if (address) {
    const { sha256 } = await places.store.verify(address);
    return sha256 === file.sha256 ? (await places.store.read(address)).stream : null;
  }
  const path = file.filePath;
  const isOurs = path !== null && (await hashFile(path).catch(() => null)) === file.sha256;
  return isOurs ? createReadStream(path) : null;
}
