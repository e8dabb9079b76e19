import { type Clock, isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { AccessFacts } from "../../evidence/access-log/entry.ts";
import {
  type CaptureHold,
  describeHold,
  type StoredCapture,
  storedCaptures,
} from "../../provider/captures/stored-captures.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import type { State } from "../../state/state.ts";
import type { BlobStore } from "../../storage/blob-store.ts";
import { blobsOf, findCaptures, nameOf } from "./find-captures.ts";
import type { RetentionGuard } from "./guard.ts";

/** A recording under a hold, or just free of it, as it is answered. */
export interface HoldView {
  capture: string | null;
  captureId: string | null;
  sessionId: string;
  class: string;
  hold: { reason: string; by: string; time: string } | null;
  /** What is in the embedded store of it. */
  files: { name: string; sizeBytes: number; sha256: string }[];
  /** What the hold does not reach; null: nothing. */
  notHeld: string | null;
}

/** Who asks for what, with a reason that is kept. */
export interface HoldRequest {
  caller: Caller;
  address: string | null;
  reason: string;
}

export interface HoldsOptions {
  state: State;
  store: BlobStore;
  guard: RetentionGuard;
  /** The access log. Rejects when the change must not be made. */
  record: (facts: AccessFacts) => Promise<number>;
  clock: Clock;
}

export interface Holds {
  list(): Promise<HoldView[]>;
  set(name: string, request: HoldRequest): Promise<HoldView[]>;
  clear(name: string, request: HoldRequest): Promise<HoldView[]>;
}

/** Legal holds on whole captures. Each is recorded in the access log before it is set, and before it is cleared. */
export function createHolds(options: HoldsOptions): Holds {
  const { state, clock } = options;
  return {
    async list() {
      const all = await storedCaptures(state).all();
      return viewAll(
        options,
        all.filter(({ hold }) => hold !== null),
      );
    },
    async set(name, request) {
      const found = await findCaptures(state, name);
      for (const capture of found) checkMayBeHeld(capture, request.reason);
      const { caller, reason } = request;
      const hold = { reason, by: { id: caller.id, name: caller.name }, at: clock.now() };
      const held: StoredCapture[] = [];
      for (const capture of found) {
        held.push(capture.hold ? capture : await holdOne(options, capture, { request, hold }));
      }
      return viewAll(options, held);
    },
    async clear(name, request) {
      const found = await findCaptures(state, name);
      const held = found.filter(({ hold }) => hold !== null);
      if (held.length === 0) {
        throw new NightcapError("ResourceNotFound", `"${name.slice(0, 200)}" is under no hold`);
      }
      const cleared: StoredCapture[] = [];
      for (const capture of held) cleared.push(await clearOne(options, capture, request));
      return viewAll(options, cleared);
    },
  };
}

function checkMayBeHeld({ hold, removal }: StoredCapture, reason: string): void {
  if (removal) {
    const message = `its files were deleted at ${isoTime(removal.startedAt)}: ${removal.detail}`;
    throw new NightcapError("Conflict", message);
  }
  if (hold && hold.reason !== reason) {
    throw new NightcapError("Conflict", `it is ${describeHold(hold)}; clear that first`);
  }
}

/**
 * In memory first, so that no change begins any more, and those under way are waited for; then on the disk, where a
 * deletion by retention that has begun is seen.
 */
async function holdOne(
  { state, store, guard, record }: HoldsOptions,
  capture: StoredCapture,
  { request, hold }: { request: HoldRequest; hold: CaptureHold },
): Promise<StoredCapture> {
  await record(factsOf(capture, request, "set"));
  guard.note({ ...capture, hold });
  try {
    if (capture.place) await store.settled(capture.place.container);
    const written = await storedCaptures(state).update(capture.key, (current) => {
      checkMayBeHeld(current, hold.reason);
      return { ...current, hold: current.hold ?? hold };
    });
    if (written) {
      guard.note(written);
      return written;
    }
    throw new NightcapError("ResourceNotFound", `recording ${capture.key} is gone`);
  } catch (error) {
    const current = await storedCaptures(state).get(capture.key);
    if (current) guard.note(current);
    else guard.forget(capture);
    throw error;
  }
}

async function clearOne(
  { state, guard, record }: HoldsOptions,
  capture: StoredCapture,
  request: HoldRequest,
): Promise<StoredCapture> {
  await record(factsOf(capture, request, "cleared"));
  const written = await storedCaptures(state).update(capture.key, (current) => ({
    ...current,
    hold: null,
  }));
  const free = written ?? { ...capture, hold: null };
  guard.note(free);
  return free;
}

function factsOf(
  { key, place }: StoredCapture,
  { caller, address, reason }: HoldRequest,
  what: string,
): AccessFacts {
  return {
    kind: "hold",
    who: { kind: "token", id: caller.id, name: caller.name },
    address,
    target: place ? `${place.container}/${place.blob}`.slice(0, targetLengthMax) : key,
    detail: `legal hold ${what}: ${reason}`,
  };
}

const targetLengthMax = 1_024;

const viewAll = ({ store }: HoldsOptions, captures: readonly StoredCapture[]) =>
  Promise.all(captures.map((capture) => view(store, capture)));

async function view(store: BlobStore, capture: StoredCapture): Promise<HoldView> {
  const { key, captureId, hold, place } = capture;
  const blobs = await blobsOf(store, place);
  return {
    capture: nameOf(captureId) ?? place?.blob ?? null,
    captureId,
    sessionId: key,
    class: capture.class,
    hold: hold && { reason: hold.reason, by: hold.by.name, time: isoTime(hold.at) },
    files: blobs.map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256 })),
    notHeld: place ? null : elsewhere,
  };
}

const elsewhere =
  "its files are not in the embedded store: the packet capture, reports and manifest are held, and files elsewhere are not";
