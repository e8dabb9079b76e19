import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { hashFile } from "../../capture/finish.ts";
import type { CaptureFiles } from "../../capture/session.ts";
import { type CaptureSession, fileStoragePath } from "../../provider/captures/capture-session.ts";
import { indexedFile } from "../packets/stored-files.ts";
import type { IndexedFile } from "../../inspection/browse/kept-index.ts";
import type { BlobAddress, BlobStore } from "../../storage/blob-store.ts";

/** Bytes of one report: of a larger ring the newest files are read. */
const inspectedBytesMax = 4 * 1024 ** 3;

export type RingCapture =
  /** The files one behind the other, which pcapng allows; `note` says what is not in it. */
  | { kind: "ring"; capture: Readable; indexed: IndexedFile | null; note: string | null }
  | { kind: "altered"; reason: string }
  | { kind: "nowhere"; reason: string };

interface Places {
  store: BlobStore;
  addressOf(storagePath: string): BlobAddress | null;
}

type ListedFile = CaptureFiles["newest"][number];
type Place = { address: BlobAddress } | { path: string };

/** The files of a session into several, each compared with the hash that the host gave. */
export async function openRingCapture(
  session: CaptureSession,
  places: Places,
): Promise<RingCapture> {
  const files = session.observed?.files;
  if (!files || files.newest.length === 0) {
    return { kind: "nowhere", reason: "the session made no file" };
  }
  const found: { file: ListedFile; place: Place }[] = [];
  for (const file of files.newest) {
    const { place, sha256 } = await locate(file, session, places);
    if (place === null) {
      const reason = `not inspected: file ${file.name} is not in this store, it is at ${file.filePath ?? "nowhere"}`;
      return { kind: "nowhere", reason };
    }
    if (sha256 !== file.sha256) {
      const reason = `stored file ${file.name} has SHA-256 ${sha256}, the host made ${file.sha256}`;
      return { kind: "altered", reason };
    }
    found.push({ file, place });
  }
  const read = newestWithin(found);
  const note =
    read.length === files.count
      ? null
      : `the report is of the newest ${read.length} of ${files.count} files`;
  const isStored = read.every(({ place }) => "address" in place);
  const indexed = isStored ? indexedFile(read.map(({ file }) => file)) : null;
  return { kind: "ring", capture: Readable.from(readAll(read, places.store)), indexed, note };
}

async function locate(
  file: ListedFile,
  { storagePath }: CaptureSession,
  places: Places,
): Promise<{ place: Place | null; sha256: string | null }> {
  const address = file.uploaded ? places.addressOf(fileStoragePath(storagePath, file.name)) : null;
  if (address) return { place: { address }, sha256: (await places.store.verify(address)).sha256 };
  const path = file.filePath;
  // A file on another host is not to be seen from here.
  const sha256 = path === null ? null : await hashFile(path).catch(() => null);
  return { place: path === null || sha256 === null ? null : { path }, sha256 };
}

function newestWithin<Found extends { file: ListedFile }>(found: readonly Found[]): Found[] {
  let sizeBytes = 0;
  const newest = found.toReversed().filter(({ file }) => {
    sizeBytes += file.sizeBytes;
    return sizeBytes <= inspectedBytesMax;
  });
  return newest.toReversed();
}

async function* readAll(
  read: readonly { place: Place }[],
  store: BlobStore,
): AsyncGenerator<Uint8Array> {
  for (const { place } of read) {
    if ("path" in place) yield* createReadStream(place.path);
    else yield* (await store.read(place.address)).stream;
  }
}
