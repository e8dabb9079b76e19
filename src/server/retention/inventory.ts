import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../common/clock.ts";
import {
  type CaptureSession,
  captureSessionCollection,
  isFinished,
} from "../../provider/captures/capture-session.ts";
import { type StoredCapture, storedCaptures } from "../../provider/captures/stored-captures.ts";
import type { State } from "../../state/state.ts";
import type { BlobAddress, BlobSize, BlobStore } from "../../storage/blob-store.ts";
import { captureContainer } from "../../storage/capture-path.ts";
import { familyBases } from "../../storage/capture-family.ts";
import type { RetentionItem, StorageClass } from "../../storage/retention/plan.ts";
import type { RetentionGuard } from "./guard.ts";

const pageCount = 500;
/** A recording that ended so long ago will not be inspected any more. */
const resultWaitMilliseconds = 3_600_000;

/** A recording with what is stored of it. */
export interface StoredItem extends RetentionItem {
  readonly capture: StoredCapture;
  readonly blobs: readonly (BlobAddress & { sizeBytes: number })[];
  readonly reportBytes: number;
  /** False: ARM has deleted its packet capture, and only the files are left. */
  readonly hasSession: boolean;
}

export interface ClassCount {
  sizeBytes: number;
  fileCount: number;
}

export interface Inventory {
  readonly items: readonly StoredItem[];
  readonly classes: Readonly<Record<StorageClass, ClassCount>>;
}

export interface InventoryOptions {
  state: State;
  store: BlobStore;
  guard: RetentionGuard;
  /** The folder of a session's report. */
  directoryOf: (sessionId: string) => string;
  /** Of the responder, whose captures are evidence. */
  isAlertClient: (clientId: string) => boolean;
  /** Where a capture's `storagePath` points in the store. */
  placeOf: (storagePath: string) => StoredCapture["place"];
  clock: Clock;
}

/** Counts what is stored and whose it is. Recordings of earlier versions, and files of nobody's, are taken in first. */
export async function takeInventory(options: InventoryOptions): Promise<Inventory> {
  // Before the sessions: whatever has no session then has lost it.
  const captures = await storedCaptures(options.state).all();
  const sessions = await readSessions(options);
  captures.push(...(await adoptSessions(options, { sessions, captures })));
  const classes = emptyCounts();
  const families = new Map<string, Family>();
  const { containers } = await options.store.listContainers({});
  for (const { name } of containers) {
    await nextTurn();
    for (const size of await options.store.sizes(name)) {
      const address = { container: name, blob: size.blob };
      const known = options.guard.captureOf(address);
      const capture = known ?? (await adoptFile(options, address, size));
      if (capture && !known) captures.push(capture);
      count(classes[options.guard.classOf(address)], size);
      if (capture) addTo(families, capture.key, { address, size });
    }
  }
  const items: StoredItem[] = [];
  for (const capture of captures) {
    const family = families.get(capture.key) ?? noFamily();
    const item = await makeItem(options, { capture, family, session: sessions.get(capture.key) });
    classes[capture.class].sizeBytes += item.reportBytes;
    items.push(item);
  }
  return { items, classes };
}

interface Family {
  blobs: (BlobAddress & { sizeBytes: number })[];
  newest: number;
  held: boolean;
}

const noFamily = (): Family => ({ blobs: [], newest: 0, held: false });

export const emptyCounts = (): Record<StorageClass, ClassCount> => ({
  evidence: { sizeBytes: 0, fileCount: 0 },
  bulk: { sizeBytes: 0, fileCount: 0 },
  flowLogs: { sizeBytes: 0, fileCount: 0 },
  other: { sizeBytes: 0, fileCount: 0 },
});

function count(into: ClassCount, { sizeBytes, stagedBytes }: BlobSize): void {
  into.sizeBytes += (sizeBytes ?? 0) + stagedBytes;
  if (sizeBytes !== null) into.fileCount++;
}

function addTo(
  families: Map<string, Family>,
  key: string,
  { address, size }: { address: BlobAddress; size: BlobSize },
): void {
  const family = families.get(key) ?? noFamily();
  families.set(key, family);
  family.newest = Math.max(family.newest, size.lastModified);
  family.held ||= size.legalHold;
  if (size.sizeBytes !== null) family.blobs.push({ ...address, sizeBytes: size.sizeBytes });
}

type SessionFacts = Pick<
  CaptureSession,
  "captureId" | "createdBy" | "createdAt" | "storagePath"
> & {
  endedAt: number;
  settled: boolean;
};

async function readSessions({
  state,
  clock,
}: InventoryOptions): Promise<Map<string, SessionFacts>> {
  const table = state.documents<CaptureSession>(captureSessionCollection);
  const found = new Map<string, SessionFacts>();
  for (let after = "", more = true; more;) {
    const page = await table.list({ after, limit: pageCount });
    for (const { key, body } of page) found.set(key, factsOf(body, clock.now()));
    after = page.at(-1)?.key ?? after;
    more = page.length === pageCount;
    await nextTurn();
  }
  return found;
}

function factsOf(session: CaptureSession, now: number): SessionFacts {
  const { captureId, createdBy, createdAt, storagePath, observed, verdict, result } = session;
  const ended = Date.parse(observed?.captureEndTime ?? "");
  const endedAt = Number.isNaN(ended) ? (verdict?.time ?? createdAt) : ended;
  const isOver = result !== null || now - endedAt > resultWaitMilliseconds;
  const settled = isFinished(session) && isOver;
  return { captureId, createdBy, createdAt, storagePath, endedAt, settled };
}

/** Recordings of earlier versions. */
async function adoptSessions(
  options: InventoryOptions,
  {
    sessions,
    captures,
  }: { sessions: ReadonlyMap<string, SessionFacts>; captures: readonly StoredCapture[] },
): Promise<StoredCapture[]> {
  const known = new Set(captures.map(({ key }) => key));
  const adopted: StoredCapture[] = [];
  for (const [key, { captureId, createdAt, createdBy, storagePath }] of sessions) {
    if (known.has(key)) continue;
    const isAlert = options.isAlertClient(createdBy.id);
    const capture: StoredCapture = {
      key,
      captureId,
      createdAt,
      place: options.placeOf(storagePath),
      class: isAlert ? "evidence" : "bulk",
      classFrom: isAlert ? "alert" : "request",
      hold: null,
      removal: null,
    };
    adopted.push(await adopt(options, capture));
  }
  return adopted;
}

/** What looks like a capture, where captures are, and is of no known recording, becomes one of its own. */
async function adoptFile(
  options: InventoryOptions,
  address: BlobAddress,
  { lastModified }: BlobSize,
): Promise<StoredCapture | null> {
  if (address.container !== captureContainer) return null;
  const blob = familyBases(address.blob).at(-1) ?? address.blob;
  if (!blob.endsWith(".cap")) return null;
  const place = { container: address.container, blob };
  const hash = createHash("sha256").update(`${place.container}/${blob}`).digest("hex");
  return adopt(options, {
    key: `found-${hash.slice(0, 32)}`,
    captureId: null,
    place,
    class: "bulk",
    classFrom: "found",
    createdAt: lastModified,
    hold: null,
    removal: null,
  });
}

/** As it is stored: somebody else may have been first. */
async function adopt(
  { state, guard }: InventoryOptions,
  capture: StoredCapture,
): Promise<StoredCapture> {
  await storedCaptures(state).add(capture);
  const stored = (await storedCaptures(state).get(capture.key)) ?? capture;
  guard.note(stored);
  return stored;
}

async function makeItem(
  { directoryOf }: InventoryOptions,
  parts: { capture: StoredCapture; family: Family; session: SessionFacts | undefined },
): Promise<StoredItem> {
  const { capture, family, session } = parts;
  const reportBytes = capture.captureId === null ? 0 : await sizeOf(directoryOf(capture.key));
  const blobBytes = family.blobs.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  return {
    key: capture.key,
    capture,
    class: capture.class,
    since: Math.max(capture.createdAt, family.newest, session?.endedAt ?? 0),
    sizeBytes: blobBytes + reportBytes,
    blobs: family.blobs,
    reportBytes,
    held: capture.hold !== null || family.held,
    settled: session?.settled ?? true,
    hasSession: session !== undefined,
  };
}

/** Of the files of a folder; 0 when there is none. */
async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(directory, name)).catch(() => null))?.size ?? 0),
  );
  return sizes.reduce((total, size) => total + size, 0);
}
