import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import { BlobError } from "../../storage/blob-error.ts";
import type { BlobAddress, BlobProperties, BlobStore } from "../../storage/blob-store.ts";
import { blobsOf, findCaptures } from "../retention/find-captures.ts";
import type { StoredFile } from "./stored-files.ts";

/** A recording whose files are in this control plane's store. */
export interface FoundCapture {
  /** Its session's id. */
  key: string;
  /** Of its one file, or what the names of its files begin with. */
  place: BlobAddress;
  /** Null: it has several, or none. */
  only: StoredFile | null;
  /** The files as they are now, the oldest first. Throws where there are none. */
  files(): Promise<StoredFile[]>;
}

/** The recording that a name means. Throws where there is none, are several, or it lies elsewhere. */
export async function findCapture(
  { state, store }: { state: State; store: Pick<BlobStore, "blob" | "listBlobs"> },
  name: string,
): Promise<FoundCapture> {
  const [capture, another] = await findCaptures(state, name);
  if (another)
    throw new NightcapError(
      "InvalidParameter",
      `"${name}" has several recordings: ask by sessionId`,
    );
  const place = capture?.place;
  if (!place)
    throw new NightcapError(
      "NotImplemented",
      `not supported: packets of "${name}", whose file is not in this control plane's store; open it with nightcap packets where it lies`,
    );
  const properties = await store.blob(place).catch((error: unknown) => {
    if (error instanceof BlobError && error.status === 404) return null;
    throw error;
  });
  const only = properties && fileOf(place, properties);
  return {
    key: capture.key,
    place,
    only,
    async files() {
      if (only) return [only];
      const files = (await blobsOf(store as BlobStore, place)).filter(({ name: blob }) =>
        /\.(?:p?cap|pcapng)$/.test(blob),
      );
      if (files.length === 0)
        throw new NightcapError("ResourceNotFound", `no file of capture "${name}" is stored`);
      const { container } = place;
      return files
        .toSorted((one, other) => numberOf(one.name) - numberOf(other.name))
        .map((each) => fileOf({ container, blob: each.name }, each));
    },
  };
}

/** Of a file of several: `a_00012_20261121093000.cap` is the twelfth. */
const numberOf = (blob: string): number => Number(/_(\d{5,10})_\d{14}\.cap$/.exec(blob)?.[1] ?? 0);

const fileOf = (
  address: BlobAddress,
  { etag, sizeBytes, sha256 }: Pick<BlobProperties, "etag" | "sizeBytes" | "sha256">,
): StoredFile => ({ address, etag, sizeBytes, sha256 });
