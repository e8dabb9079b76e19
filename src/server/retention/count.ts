import { statfs } from "node:fs/promises";
import type { BlobAddress } from "../../storage/blob-store.ts";
import { freeableBytes, planRemovals, type Room } from "../../storage/retention/plan.ts";
import type { RetentionSettings } from "../../storage/retention/settings.ts";
import { storageAccountName } from "../installation.ts";
import { readPlace } from "../storage.ts";
import { type Inventory, type InventoryOptions, takeInventory } from "./inventory.ts";
import type { Looked } from "./usage.ts";

/** A count that uploads ask for is not made again so soon, nor before ten times as long as it took. */
const freshMilliseconds = 100;
const restFactor = 10;

export interface CountOptions extends InventoryOptions {
  settings: RetentionSettings;
  /** Of whose disk the free space is told. */
  directory: string;
}

/** Counts what is in the store and tells the guard; what is due is in the answer. */
export interface StoreCount {
  look(): Promise<Looked>;
  /** A count that begins now or later. */
  recount(): Promise<void>;
  /** Unless there was one a moment ago. */
  recountIfOld(): Promise<void>;
}

export function createStoreCount(options: CountOptions): StoreCount {
  const { guard } = options;
  let counting: Promise<Looked> | null = null;
  let freshUntil = -Infinity;
  const count = async (): Promise<Looked> => {
    const beganAt = performance.now();
    const admitted = { ...guard.admitted };
    const looked = judge(options, await takeInventory(options));
    guard.counted(looked.room, admitted);
    const endedAt = performance.now();
    freshUntil = endedAt + Math.max(freshMilliseconds, restFactor * (endedAt - beganAt));
    return { ...looked, freeDiskBytes: await freeBytes(options.directory) };
  };
  const look = (): Promise<Looked> => (counting ??= count().finally(() => (counting = null)));
  return {
    look,
    async recount() {
      await counting?.catch(() => {});
      await look();
    },
    async recountIfOld() {
      if (counting || performance.now() > freshUntil) await look();
    },
  };
}

/** Where a recording of an earlier version is, when the control plane had another name or port then. */
export function placeInUrl(storagePath: string): BlobAddress | null {
  if (!URL.canParse(storagePath)) return null;
  const [account, ...rest] = new URL(storagePath).pathname.slice(1).split("/");
  return account === storageAccountName ? readPlace(rest.join("/")) : null;
}

function judge(
  { settings, clock }: CountOptions,
  inventory: Inventory,
): Omit<Looked, "freeDiskBytes"> {
  const { items, classes } = inventory;
  const now = clock.now();
  const stored = {
    evidence: classes.evidence.sizeBytes,
    bulk: classes.bulk.sizeBytes,
    flowLogs: classes.flowLogs.sizeBytes,
    other: classes.other.sizeBytes,
  };
  const present = items.filter(({ capture, sizeBytes }) => !capture.removal && sizeBytes > 0);
  const room: Room = { stored, freeable: freeableBytes(items, settings, now) };
  const planned = planRemovals(present, stored, settings, now);
  return { inventory, room, planned, time: now };
}

async function freeBytes(directory: string): Promise<number | null> {
  const found = await statfs(directory).catch(() => null);
  return found && found.bavail * found.bsize;
}
