import { type StoredCapture, storedCaptures } from "../../provider/captures/stored-captures.ts";
import type { State } from "../../state/state.ts";
import { BlobError } from "../../storage/blob-error.ts";
import type { BlobAddress } from "../../storage/blob-store.ts";
import { captureContainer } from "../../storage/capture-path.ts";
import { familyBases } from "../../storage/capture-family.ts";
import { isPassed, refusalOf, type Room, type StorageClass } from "../../storage/retention/plan.ts";
import type { RetentionSettings } from "../../storage/retention/settings.ts";
import type { StoreGuard } from "../../storage/store-guard.ts";
import { flowLogContainers } from "../../flowlog/blob-path.ts";

/** Which captures are held, of which class they are and what room there is: in memory, for the store asks at each change. */
export interface RetentionGuard extends StoreGuard {
  /** The capture is as given from now on. */
  note(capture: StoredCapture): void;
  forget(capture: StoredCapture): void;
  /** The capture that a blob belongs to, when it is known here. */
  captureOf(address: BlobAddress): StoredCapture | null;
  classOf(address: BlobAddress): StorageClass;
  /** Bytes that were let in since the process began: those of a count that goes on are told from it. */
  readonly admitted: Readonly<Record<StorageClass, number>>;
  /** What was counted when so much had been let in. */
  counted(room: Room, admitted: Readonly<Record<StorageClass, number>>): void;
  /** What is there now, as far as it is known; null before the first count. */
  room(): Room | null;
  /** Called before a refusal: what may go may have changed since the last count. */
  recount: () => Promise<void>;
  /** Called when a quota is passed, and when something was refused. */
  onPressure: (event: { kind: StorageClass; refused: boolean }) => void;
}

/** To be made before the store is opened: no change may be earlier than the holds. */
export async function openRetentionGuard(
  state: State,
  settings: RetentionSettings,
): Promise<RetentionGuard> {
  const guard = createRetentionGuard(settings);
  for (const capture of await storedCaptures(state).all()) guard.note(capture);
  return guard;
}

const containersOfFlowLogs: ReadonlySet<string> = new Set(Object.values(flowLogContainers));

export function createRetentionGuard(settings: RetentionSettings): RetentionGuard {
  const byPlace = new Map<string, StoredCapture>();
  /** Keys of the recordings that are held, by place: a path may have been given to several. */
  const held = new Map<string, Set<string>>();
  const admitted = { evidence: 0, bulk: 0, flowLogs: 0, other: 0 };
  let base: { room: Room; admitted: Readonly<Record<StorageClass, number>> } | null = null;
  const captureOf = ({ container, blob }: BlobAddress): StoredCapture | null => {
    for (const each of familyBases(blob)) {
      const found = byPlace.get(`${container}/${each}`);
      if (found) return found;
    }
    return null;
  };
  const classOf = (address: BlobAddress): StorageClass => {
    if (containersOfFlowLogs.has(address.container)) return "flowLogs";
    const known = captureOf(address)?.class;
    return known ?? (address.container === captureContainer ? "bulk" : "other");
  };
  const room = (): Room | null => base && { ...base.room, stored: sum(base, admitted) };
  const guard: RetentionGuard = {
    admitted,
    captureOf,
    classOf,
    room,
    recount: async () => {},
    onPressure: () => {},
    note(capture) {
      const place = placeKey(capture);
      if (place === null) return;
      const before = byPlace.get(place);
      const isNewest = !before || before.createdAt <= capture.createdAt;
      if (isNewest || before.key === capture.key) byPlace.set(place, capture);
      setHeld(held, { place, key: capture.key, isHeld: capture.hold !== null });
    },
    forget(capture) {
      const place = placeKey(capture);
      if (place === null) return;
      if (byPlace.get(place)?.key === capture.key) byPlace.delete(place);
      setHeld(held, { place, key: capture.key, isHeld: false });
    },
    counted(counted, before) {
      base = { room: counted, admitted: { ...before } };
    },
    holdOf({ container, blob }) {
      const isHeld = familyBases(blob).some((each) => held.has(`${container}/${each}`));
      // Neither why nor by whom: whoever has a link may ask, and need not know.
      return isHeld ? "Its capture is under a legal hold." : null;
    },
    async admit(address, sizeBytes) {
      const kind = classOf(address);
      const refuse = (now = room()): string | null =>
        now && refusalOf(kind, sizeBytes, now, settings);
      if (refuse() !== null) await guard.recount();
      const refusal = refuse();
      if (refusal !== null) {
        guard.onPressure({ kind, refused: true });
        throw new BlobError("InsufficientStorage", refusal);
      }
      admitted[kind] += sizeBytes;
      const after = room();
      if (after && isPassed(kind, after, settings)) guard.onPressure({ kind, refused: false });
    },
  };
  return guard;
}

function setHeld(
  held: Map<string, Set<string>>,
  { place, key, isHeld }: { place: string; key: string; isHeld: boolean },
): void {
  const keys = held.get(place) ?? new Set<string>();
  if (isHeld) keys.add(key);
  else keys.delete(key);
  if (keys.size > 0) held.set(place, keys);
  else held.delete(place);
}

function sum(
  base: { room: Room; admitted: Readonly<Record<StorageClass, number>> },
  admitted: Readonly<Record<StorageClass, number>>,
): Record<StorageClass, number> {
  const { stored } = base.room;
  const of = (kind: StorageClass): number => stored[kind] + admitted[kind] - base.admitted[kind];
  return {
    evidence: of("evidence"),
    bulk: of("bulk"),
    flowLogs: of("flowLogs"),
    other: of("other"),
  };
}

const placeKey = ({ place }: StoredCapture): string | null =>
  place && `${place.container}/${place.blob}`;
