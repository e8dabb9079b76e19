import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { type Clock, isoTime } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import type { AccessFacts } from "../../evidence/access-log/entry.ts";
import { sessionStore } from "../../provider/captures/session-store.ts";
import {
  type CaptureRemoval,
  type StoredCapture,
  storedCaptures,
} from "../../provider/captures/stored-captures.ts";
import type { Audit } from "../../provider/kernel/audit.ts";
import type { State } from "../../state/state.ts";
import { BlobError } from "../../storage/blob-error.ts";
import type { BlobStore } from "../../storage/blob-store.ts";
import type { PlannedRemoval } from "../../storage/retention/plan.ts";
import { blobsOf, nameOf } from "./find-captures.ts";
import type { RetentionGuard } from "./guard.ts";
import type { StoredItem } from "./inventory.ts";

const targetLengthMax = 1_024;

export interface RemovalOptions {
  state: State;
  store: BlobStore;
  guard: RetentionGuard;
  audit: Pick<Audit, "record">;
  /** The access log. Rejects when the change must not be made. */
  record: (facts: AccessFacts) => Promise<number>;
  directoryOf: (sessionId: string) => string;
  onRemoved: (capture: StoredCapture, removal: CaptureRemoval) => void;
  clock: Clock;
  log: Log;
}

/**
 * Deletes what is stored of a recording. That it goes is written first, over the version without a hold: from then on
 * it cannot be held, and a crash leaves a removal that `finishRemoval` ends. Null: it was held meanwhile.
 */
export async function beginRemoval(
  { state, guard, clock }: RemovalOptions,
  item: StoredItem,
  { why, detail }: Pick<PlannedRemoval, "why" | "detail">,
): Promise<StoredCapture | null> {
  const removal: CaptureRemoval = {
    why,
    detail,
    startedAt: clock.now(),
    finishedAt: null,
    fileCount: item.blobs.length,
    sizeBytes: item.sizeBytes,
  };
  const written = await storedCaptures(state).update(item.key, (current) =>
    current.hold || current.removal || current.class !== item.class
      ? null
      : { ...current, removal },
  );
  if (!written?.removal) return null;
  guard.note(written);
  return written;
}

/** Each step may run twice: after a crash all of them do. */
export async function finishRemoval(
  options: RemovalOptions,
  capture: StoredCapture,
): Promise<void> {
  const { removal } = capture;
  if (!removal) return;
  await options.record(factsOf(capture, removal));
  await deleteBlobs(options, capture);
  if (capture.captureId !== null) {
    await rm(options.directoryOf(capture.key), { recursive: true, force: true });
  }
  await tellSession(options, capture, removal);
  await options.audit.record(auditOf(capture, removal, options.clock.now()));
  const finishedAt = options.clock.now();
  const written = await storedCaptures(options.state).update(capture.key, (current) => ({
    ...current,
    removal: { ...removal, finishedAt },
  }));
  if (written) options.guard.note(written);
  options.onRemoved(capture, removal);
  options.log.info(
    { capture: capture.captureId, place: capture.place, why: removal.detail },
    "capture was deleted",
  );
}

/** A path may have been given to another recording since: what is there is that one's then. */
async function deleteBlobs(
  { store, guard }: RemovalOptions,
  { key, place }: StoredCapture,
): Promise<void> {
  if (!place) return;
  for (const { name } of await blobsOf(store, place)) {
    const address = { container: place.container, blob: name };
    if (guard.captureOf(address)?.key !== key) continue;
    await store.deleteBlob(address).catch((error: unknown) => {
      if (!(error instanceof BlobError && error.code === "BlobNotFound")) throw error;
    });
  }
}

/** The report is gone with the file: nobody is sent there any more. */
async function tellSession(
  { state }: RemovalOptions,
  { key }: StoredCapture,
  { detail, startedAt }: CaptureRemoval,
): Promise<void> {
  await sessionStore(state).update(key, (session) => {
    if (!session.result || session.desired === "deleted") return null;
    const { sha256Verified, packets } = session.result;
    const problem = `its files were deleted at ${isoTime(startedAt)}: ${detail}`;
    const result = { sha256Verified, reportPath: null, problem, ...(packets && { packets }) };
    return { session: { ...session, result }, dueAt: null };
  });
}

const targetOf = ({ key, place }: StoredCapture): string =>
  place ? `${place.container}/${place.blob}`.slice(0, targetLengthMax) : key;

const factsOf = (capture: StoredCapture, { detail, sizeBytes }: CaptureRemoval): AccessFacts => ({
  kind: "delete",
  who: { kind: "system" },
  address: null,
  target: targetOf(capture),
  offset: 0,
  sizeBytes,
  detail: `retention: ${detail}`,
});

function auditOf(capture: StoredCapture, { detail }: CaptureRemoval, now: number) {
  return {
    who: { id: "retention", name: "retention" },
    action: "Nightcap/captures/delete",
    resourceId: capture.captureId ?? targetOf(capture),
    when: isoTime(now),
    from: null,
    detail: `files of ${nameOf(capture.captureId) ?? targetOf(capture)} were deleted: ${detail}`,
    outcome: { status: 200, code: null },
    requestId: randomUUID(),
  };
}
