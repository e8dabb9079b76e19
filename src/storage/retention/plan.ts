import type { CaptureClass } from "../../common/capture-class.ts";
import type { RetentionSettings } from "./settings.ts";

const dayMilliseconds = 86_400_000;

/** What bytes in the store are counted as; `other` is what is neither a capture nor a flow log. */
export type StorageClass = CaptureClass | "flowLogs" | "other";
export const storageClasses = ["evidence", "bulk", "flowLogs", "other"] as const;
export type StoredBytes = Readonly<Record<StorageClass, number>>;

/** A recording with its files, as far as it matters when it goes. */
export interface RetentionItem {
  readonly key: string;
  readonly class: CaptureClass;
  /** From when its days count: when the last of it was written. Milliseconds since the epoch. */
  readonly since: number;
  readonly sizeBytes: number;
  readonly held: boolean;
  /** False while something of it is still to come. */
  readonly settled: boolean;
}

export interface PlannedRemoval {
  readonly key: string;
  readonly why: "age" | "quota";
  /** The rule in words. */
  readonly detail: string;
}

/**
 * What goes now, the first first: what is beyond its days, bulk before evidence and the oldest before the younger;
 * then, while a quota is passed, the oldest bulk. What is held, or not yet complete, never goes, and evidence never
 * before its days are over.
 */
export function planRemovals(
  items: readonly RetentionItem[],
  stored: StoredBytes,
  settings: RetentionSettings,
  now: number,
): PlannedRemoval[] {
  const removable = items.filter(({ held, settled }) => settled && !held).toSorted(inOrder);
  const aged = removable.filter((item) => isAged(item, settings, now));
  const left = { ...stored };
  for (const { class: kept, sizeBytes } of aged) left[kept] -= sizeBytes;
  const planned = aged.map(({ key, class: kept }): PlannedRemoval => {
    const detail = `${kept} is kept for ${settings[kept].days} days`;
    return { key, why: "age", detail };
  });
  for (const item of removable) {
    if (item.class !== "bulk" || aged.includes(item)) continue;
    const rule = quotaPassed(left, settings);
    if (rule === null) break;
    left.bulk -= item.sizeBytes;
    planned.push({ key: item.key, why: "quota", detail: rule });
  }
  return planned;
}

function isAged(item: RetentionItem, settings: RetentionSettings, now: number): boolean {
  const { days } = settings[item.class];
  return days > 0 && item.since + days * dayMilliseconds <= now;
}

const inOrder = (a: RetentionItem, b: RetentionItem): number => {
  if (a.class !== b.class) return a.class === "bulk" ? -1 : 1;
  return a.since - b.since || (a.key < b.key ? -1 : 1);
};

/** The quota that deleting bulk helps against, in words; null: none is passed. */
function quotaPassed(stored: StoredBytes, settings: RetentionSettings): string | null {
  const { bulk, totalBytesMax } = settings;
  if (bulk.sizeBytesMax > 0 && stored.bulk > bulk.sizeBytesMax) {
    return `bulk had over ${bulk.sizeBytesMax} bytes`;
  }
  if (totalBytesMax > 0 && totalOf(stored) > totalBytesMax) {
    return `the store had over ${totalBytesMax} bytes`;
  }
  return null;
}

export const totalOf = (stored: StoredBytes): number =>
  storageClasses.reduce((sum, each) => sum + stored[each], 0);

/** Bytes of each class that a quota, or their age, could free. */
export function freeableBytes(
  items: readonly RetentionItem[],
  settings: RetentionSettings,
  now: number,
): Readonly<Record<CaptureClass, number>> {
  const free = { evidence: 0, bulk: 0 };
  for (const item of items) {
    if (!item.settled || item.held) continue;
    if (item.class === "bulk" || isAged(item, settings, now)) free[item.class] += item.sizeBytes;
  }
  return free;
}

export interface Room {
  readonly stored: StoredBytes;
  readonly freeable: Readonly<Record<CaptureClass, number>>;
}

/** Why so many bytes more have no place, even after everything went that may go; null: they have. */
export function refusalOf(
  kept: StorageClass,
  sizeBytes: number,
  { stored, freeable }: Room,
  settings: RetentionSettings,
): string | null {
  if (kept === "flowLogs") return null;
  if (kept !== "other") {
    const { sizeBytesMax } = settings[kept];
    if (sizeBytesMax > 0 && stored[kept] - freeable[kept] + sizeBytes > sizeBytesMax) {
      return `Captures of class ${kept} take ${stored[kept]} of ${sizeBytesMax} bytes, and ${mayGo(freeable[kept])}.`;
    }
  }
  const total = totalOf(stored);
  const free = freeable.evidence + freeable.bulk;
  if (settings.totalBytesMax === 0 || total - free + sizeBytes <= settings.totalBytesMax) {
    return null;
  }
  return `The store takes ${total} of ${settings.totalBytesMax} bytes, and ${mayGo(free)}.`;
}

const mayGo = (bytes: number): string =>
  `only ${bytes} of them may be deleted: the rest is held, is evidence within its days, or is not finished`;

/** Whether a quota is passed once so many bytes are there: something should go. */
export function isPassed(
  kept: StorageClass,
  { stored }: Pick<Room, "stored">,
  settings: RetentionSettings,
): boolean {
  const own = kept === "other" ? 0 : settings[kept].sizeBytesMax;
  if (own > 0 && stored[kept] > own) return true;
  return settings.totalBytesMax > 0 && totalOf(stored) > settings.totalBytesMax;
}
