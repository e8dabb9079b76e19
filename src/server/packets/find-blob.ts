import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import { BlobError } from "../../storage/blob-error.ts";
import type { BlobAddress, BlobProperties, BlobStore } from "../../storage/blob-store.ts";
import { blobsOf, findCaptures } from "../retention/find-captures.ts";

export interface FoundBlob {
  address: BlobAddress;
  properties: BlobProperties;
}

/** The one file of a capture in this control plane's store. Throws where there is none, or are several. */
export async function findCaptureBlob(
  { state, store }: { state: State; store: Pick<BlobStore, "blob" | "listBlobs"> },
  name: string,
): Promise<FoundBlob> {
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
  if (properties) return { address: place, properties };
  const files = (await blobsOf(store as BlobStore, place)).filter(({ name: blob }) =>
    /\.(?:p?cap|pcapng)$/.test(blob),
  );
  if (files.length > 1)
    throw new NightcapError(
      "NotImplemented",
      `not supported: packets of "${name}", which has ${files.length} files; download one of them`,
    );
  const [only] = files;
  if (only) return { address: { container: place.container, blob: only.name }, properties: only };
  throw new NightcapError("ResourceNotFound", `no file of capture "${name}" is stored`);
}
