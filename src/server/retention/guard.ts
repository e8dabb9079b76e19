import { type StoredCapture, storedCaptures } from "../../provider/captures/stored-captures.ts";
import type { State } from "../../state/state.ts";
import type { BlobAddress } from "../../storage/blob-store.ts";
import { familyBases } from "../../storage/capture-family.ts";
import type { StoreGuard } from "../../storage/store-guard.ts";

/** Which captures are held and of which class they are, in memory, because the store asks at each change. */
export interface RetentionGuard extends StoreGuard {
  /** The capture is as given from now on. */
  note(capture: StoredCapture): void;
  forget(capture: StoredCapture): void;
  /** The capture that a blob belongs to, when it is known here. */
  captureOf(address: BlobAddress): StoredCapture | null;
}

/** To be made before the store is opened: no change may be earlier than the holds. */
export async function openRetentionGuard(state: State): Promise<RetentionGuard> {
  const guard = createRetentionGuard();
  for (const capture of await storedCaptures(state).all()) guard.note(capture);
  return guard;
}

export function createRetentionGuard(): RetentionGuard {
  const byPlace = new Map<string, StoredCapture>();
  const captureOf = ({ container, blob }: BlobAddress): StoredCapture | null => {
    for (const base of familyBases(blob)) {
      const found = byPlace.get(`${container}/${base}`);
      if (found) return found;
    }
    return null;
  };
  const heldBy = ({ container, blob }: BlobAddress): StoredCapture | undefined =>
    familyBases(blob)
      .map((base) => byPlace.get(`${container}/${base}`))
      .find((capture) => capture?.hold != null);
  return {
    note(capture) {
      const key = placeKey(capture);
      if (key !== null) byPlace.set(key, capture);
    },
    forget(capture) {
      const key = placeKey(capture);
      if (key !== null && byPlace.get(key)?.key === capture.key) byPlace.delete(key);
    },
    captureOf,
    holdOf(address) {
      // Neither why nor by whom: whoever has a link may ask, and need not know.
      return heldBy(address) ? "Its capture is under a legal hold." : null;
    },
    admit() {},
  };
}

const placeKey = ({ place }: StoredCapture): string | null =>
  place && `${place.container}/${place.blob}`;
