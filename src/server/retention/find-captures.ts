import { sameId } from "../../arm/resource-id.ts";
import { NightcapError } from "../../common/errors.ts";
import { sessionStore } from "../../provider/captures/session-store.ts";
import { type StoredCapture, storedCaptures } from "../../provider/captures/stored-captures.ts";
import type { State } from "../../state/state.ts";
import { BlobError } from "../../storage/blob-error.ts";
import type { BlobPage, BlobProperties, BlobStore } from "../../storage/blob-store.ts";
import { familyBases } from "../../storage/capture-family.ts";

/**
 * The recordings that people mean by a name: a packet capture's name or ARM id, a session's id, or the blob's path. Of
 * several that had a name one after the other, those of the packet capture that has it now.
 */
export async function findCaptures(state: State, name: string): Promise<StoredCapture[]> {
  const exact = await storedCaptures(state).get(name);
  if (exact) return [exact];
  const named = (await storedCaptures(state).all()).filter((each) => isNamed(each, name));
  const ids = [...new Set(named.flatMap(({ captureId }) => captureId?.toLowerCase() ?? []))];
  if (ids.length > 1) {
    const message = `"${name}" is the name of several packet captures: say which by its id: ${ids.slice(0, 5).join(", ")}`;
    throw new NightcapError("InvalidParameter", message);
  }
  const current = await sessionStore(state).findAll(ids[0] ?? "");
  const sessionIds = new Set(current.map(({ spec }) => spec.sessionId));
  const present = named.filter(({ key }) => sessionIds.has(key));
  const found = present.length > 0 ? present : named;
  if (found.length > 0) return found;
  throw new NightcapError("ResourceNotFound", `no capture "${name.slice(0, 200)}" is stored here`);
}

function isNamed({ captureId, place }: StoredCapture, name: string): boolean {
  if (captureId !== null && sameId(captureId, name)) return true;
  if (place && `${place.container}/${place.blob}` === name) return true;
  return nameOf(captureId)?.toLowerCase() === name.toLowerCase();
}

export const nameOf = (captureId: string | null): string | null =>
  captureId?.slice(captureId.lastIndexOf("/") + 1) ?? null;

/** The blobs of a recording: the capture or the files of its ring, and what lies beside them. */
export async function blobsOf(
  store: BlobStore,
  place: StoredCapture["place"],
): Promise<BlobProperties[]> {
  if (!place) return [];
  const { container, blob } = place;
  const prefix = blob.replace(/\.cap$/, "");
  const found: BlobProperties[] = [];
  for (let marker: string | null = ""; marker !== null;) {
    const query = { prefix, ...(marker ? { marker } : {}) };
    const page: BlobPage = await store.listBlobs(container, query).catch(emptyWhenMissing);
    found.push(...page.blobs.filter(({ name }) => familyBases(name).includes(blob)));
    marker = page.nextMarker;
  }
  return found;
}

/** Nothing was ever uploaded to where the capture asked to be. */
function emptyWhenMissing(error: unknown): BlobPage {
  if (!(error instanceof BlobError && error.code === "ContainerNotFound")) throw error;
  return { blobs: [], prefixes: [], nextMarker: null };
}
