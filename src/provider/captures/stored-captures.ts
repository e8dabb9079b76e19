import type { CaptureClass } from "../../common/capture-class.ts";
import type { StoredDocument } from "../../common/documents.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import type { CaptureSession } from "./capture-session.ts";

/** Times that a write is tried again because somebody else wrote first. */
const attemptCountMax = 20;

/** A legal hold: until it is cleared, nothing deletes or changes what is stored of the capture. */
export interface CaptureHold {
  reason: string;
  by: { id: string; name: string };
  /** Milliseconds since the epoch, as all times here. */
  at: number;
}

/** That a capture's files were deleted by the control plane itself. */
export interface CaptureRemoval {
  why: "age" | "quota";
  /** The rule in words. */
  detail: string;
  /** Written before the first file goes: from then on the capture cannot be held. */
  startedAt: number;
  /** Null while there may be files left. */
  finishedAt: number | null;
  fileCount: number;
  sizeBytes: number;
}

/**
 * What is kept of one recording, `documents("storedCaptures")` by session id. It outlives the packet capture, whose
 * file stays when ARM deletes it.
 */
export interface StoredCapture {
  /** Session id; of files that nobody knows a session of, `found-` and a hash of their place. */
  key: string;
  /** ARM id of the packet capture; null: it is not known. */
  captureId: string | null;
  /** Where it is in the embedded store; of a ring, what the names of its files begin with. Null: not there. */
  place: { container: string; blob: string } | null;
  class: CaptureClass;
  /** An alert's recording, asked for with the capture, found in the store, or set later. */
  classFrom: "alert" | "request" | "found" | "set";
  createdAt: number;
  hold: CaptureHold | null;
  removal: CaptureRemoval | null;
}

export interface StoredCaptureTable {
  get(key: string): Promise<StoredCapture | null>;
  getMany(keys: readonly string[]): Promise<Map<string, StoredCapture>>;
  all(): Promise<StoredCapture[]>;
  /** One that is there already stays as it is. */
  add(capture: StoredCapture): Promise<void>;
  /** Writes what `change` gives over the newest version; null leaves it. Gives what is there then. */
  update(
    key: string,
    change: (capture: StoredCapture) => StoredCapture | null,
  ): Promise<StoredCapture | null>;
  delete(key: string): Promise<boolean>;
}

export function storedCaptures(state: State): StoredCaptureTable {
  const table = state.documents<StoredCapture>("storedCaptures");
  const bodyOf = ({ body }: StoredDocument<StoredCapture>): StoredCapture => body;
  return {
    get: async (key) => (await table.get(key))?.body ?? null,
    async getMany(keys) {
      return new Map((await table.getMany(keys)).map((found) => [found.key, found.body]));
    },
    all: async () => (await table.list()).map(bodyOf),
    async add(capture) {
      await table.put(capture.key, capture, { revision: 0 });
    },
    async update(key, change) {
      for (let attempt = 0; attempt < attemptCountMax; attempt++) {
        const found = await table.get(key);
        const changed = found && change(found.body);
        if (!found || !changed) return found?.body ?? null;
        if (await table.put(key, changed, { revision: found.revision })) return changed;
      }
      throw new NightcapError("Conflict", `stored capture ${key} is being written too often`);
    },
    delete: (key) => table.delete(key),
  };
}

export const storedCaptureOf = (
  { spec, captureId, createdAt }: CaptureSession,
  known: Pick<StoredCapture, "class" | "classFrom" | "place">,
): StoredCapture => ({
  key: spec.sessionId,
  captureId,
  createdAt,
  hold: null,
  removal: null,
  ...known,
});

/** Throws `ScopeLocked`, in Azure's words for a resource with a lock, when a recording of the capture is held. */
export async function checkCaptureNotHeld(
  state: State,
  captureId: string,
  sessionIds: readonly string[],
): Promise<void> {
  const found = await storedCaptures(state).getMany(sessionIds);
  const held = [...found.values()].find(({ hold }) => hold !== null);
  if (!held?.hold) return;
  throw new NightcapError(
    "ScopeLocked",
    `The scope '${captureId}' cannot perform delete operation because following scope(s) are locked: '${captureId}'. Please remove the lock and try again: ${describeHold(held.hold)}`,
  );
}

export const describeHold = ({ reason, by, at }: CaptureHold): string =>
  `under a legal hold since ${new Date(at).toISOString()} by ${by.name}: ${reason}`;
