import { z } from "zod";
import { isoTime } from "../../common/clock.ts";
import {
  type PlannedRemoval,
  refusalOf,
  type Room,
  type StorageClass,
  storageClasses,
  totalOf,
} from "../../storage/retention/plan.ts";
import type { RetentionSettings } from "../../storage/retention/settings.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { time } from "../openapi/shapes.ts";
import { nameOf } from "./find-captures.ts";
import type { Inventory, StoredItem } from "./inventory.ts";

const nextCountMax = 20;

const viewedClass = z.object({
  class: z.enum(storageClasses),
  sizeBytes: z.number(),
  fileCount: z.int(),
  captureCount: z.int(),
  quotaBytes: z.number().nullable().describe("Null: no quota"),
  days: z.number().nullable().describe("Null: for ever"),
  oldest: time.nullable().describe("When the oldest that is there was written"),
  heldBytes: z.number(),
  heldCount: z.int(),
  freeableBytes: z.number().describe("What a quota could free of it"),
});
const usage = z.object({
  time,
  classes: z.array(viewedClass),
  total: z
    .object({
      sizeBytes: z.number(),
      quotaBytes: z.number().nullable(),
      freeDiskBytes: z.number().nullable(),
    })
    .describe("Plain bytes of everything in the store"),
  next: z
    .array(
      z.object({
        capture: z.string(),
        sessionId: z.string(),
        class: z.string(),
        sizeBytes: z.number(),
        why: z.string(),
      }),
    )
    .describe("What is deleted next, the first first"),
  planned: z.int().describe("How many are due now in all"),
  unfinished: z.int().describe("Recordings whose deletion has begun and could not be ended"),
  refused: z.array(z.string()).describe("Why uploads are refused now, for each class"),
});
export type UsageView = z.input<typeof usage>;
type ClassView = z.input<typeof viewedClass>;

export const usageRoute = (look: () => Promise<UsageView>): ApiRoute =>
  route(
    {
      method: "GET",
      path: "/nightcap/v1/storage/usage",
      summary: "Bytes of each class, quotas, what is held, and what is deleted next",
      answers: { 200: { description: "As it is now", json: usage } },
    },
    async () => ({ status: 200, body: await look() }),
  );

export interface Looked {
  inventory: Inventory;
  room: Room;
  planned: readonly PlannedRemoval[];
  freeDiskBytes: number | null;
  time: number;
}

export function describeUsage(looked: Looked, settings: RetentionSettings): UsageView {
  const { inventory, room, planned } = looked;
  const byKey = new Map(inventory.items.map((item) => [item.key, item]));
  const refused = storageClasses.flatMap((kind) => refusalOf(kind, 1, room, settings) ?? []);
  const total = settings.totalBytesMax;
  return {
    time: isoTime(looked.time),
    classes: storageClasses.map((kind) => describeClass(kind, looked, settings)),
    total: {
      sizeBytes: totalOf(room.stored),
      quotaBytes: total === 0 ? null : total,
      freeDiskBytes: looked.freeDiskBytes,
    },
    next: planned.slice(0, nextCountMax).flatMap(({ key, detail }) => {
      const item = byKey.get(key);
      return item ? [describeNext(item, detail)] : [];
    }),
    planned: planned.length,
    unfinished: inventory.items.filter(({ capture }) => isUnfinished(capture)).length,
    refused: [...new Set(refused)],
  };
}

const isUnfinished = ({ removal }: StoredItem["capture"]): boolean =>
  removal !== null && removal.finishedAt === null;

function describeNext({ key, capture, sizeBytes }: StoredItem, why: string) {
  const name = nameOf(capture.captureId) ?? capture.place?.blob ?? key;
  return { capture: name, sessionId: key, class: capture.class, sizeBytes, why };
}

function describeClass(
  kind: StorageClass,
  { inventory, room }: Looked,
  settings: RetentionSettings,
): ClassView {
  const items = inventory.items.filter((item) => item.class === kind && item.sizeBytes > 0);
  const held = items.filter((item) => item.held);
  const rule = kind === "other" ? null : settings[kind];
  const isCapture = kind === "evidence" || kind === "bulk";
  const days = isCapture ? settings[kind].days : 0;
  const oldest = Math.min(...items.map(({ since }) => since));
  return {
    class: kind,
    sizeBytes: room.stored[kind],
    fileCount: inventory.classes[kind].fileCount,
    captureCount: items.length,
    quotaBytes: rule && rule.sizeBytesMax > 0 ? rule.sizeBytesMax : null,
    days: days > 0 ? days : null,
    oldest: items.length === 0 ? null : isoTime(oldest),
    heldBytes: held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    heldCount: held.length,
    freeableBytes: isCapture ? room.freeable[kind] : 0,
  };
}
