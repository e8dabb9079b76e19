import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { addEntry, type FeedEntries } from "./feed-entries.ts";
import type { ThreatNote } from "./threat-list.ts";
import { threatTypeOf } from "./threat-names.ts";

const patternLengthMax = 65_536;
const descriptionLengthMax = 200;
const labelCountMax = 100;

const bundle = z.object({ type: z.literal("bundle"), objects: z.array(z.unknown()) });

/** An indicator's parts that matter here (STIX 2.1, 4.7; 2.0 has `labels` in place of `indicator_types`). */
const indicator = z.object({
  type: z.literal("indicator"),
  pattern: z.string().max(patternLengthMax),
  pattern_type: z.string().default("stix"),
  name: z.string().default(""),
  labels: z.array(z.string()).max(labelCountMax).default([]),
  indicator_types: z.array(z.string()).max(labelCountMax).default([]),
  valid_from: z.string().default(""),
  valid_until: z.string().default(""),
  revoked: z.boolean().default(false),
});

/** Takes the addresses of a bundle's indicators that are valid at `now` (Unix milliseconds). */
export function readStixBundle(entries: FeedEntries, value: unknown, now: number): void {
  const parsed = bundle.safeParse(value);
  if (!parsed.success) throw new NightcapError("InvalidParameter", "the JSON is no STIX bundle");
  for (const object of parsed.data.objects) {
    if (!isIndicator(object)) continue;
    const read = indicator.safeParse(object);
    if (!read.success) entries.skipped.unreadable++;
    else addIndicator(entries, read.data, now);
  }
}

function isIndicator(object: unknown): boolean {
  return (
    typeof object === "object" && object !== null && "type" in object && object.type === "indicator"
  );
}

function addIndicator(entries: FeedEntries, found: z.infer<typeof indicator>, now: number): void {
  const labels = [...found.indicator_types, ...found.labels];
  const isOver = found.valid_until !== "" && Date.parse(found.valid_until) <= now;
  if (found.revoked || isOver || labels.includes("benign")) {
    entries.skipped.notMeant++;
    return;
  }
  const addresses = found.pattern_type === "stix" ? addressesOf(found.pattern) : null;
  if (addresses === null) {
    entries.skipped.unreadable++;
    return;
  }
  const note = noteOf(found, labels);
  for (const address of addresses) addEntry(entries, address, note);
}

function noteOf({ name, valid_from }: z.infer<typeof indicator>, labels: string[]): ThreatNote {
  const threatType = threatTypeOf(labels);
  const validFrom = Date.parse(valid_from);
  return {
    ...(threatType && { threatType }),
    ...(name !== "" && { description: name.slice(0, descriptionLengthMax) }),
    ...(!Number.isNaN(validFrom) && { validFrom: new Date(validFrom).toISOString() }),
  };
}

const comparison =
  /ipv[46]-addr:value\s*(?:(?:=|ISSUBSET)\s*'([^'\\]{1,64})'|IN\s*\(([^()]{1,4096})\))/g;

/**
 * The addresses of a pattern that is nothing but "one of these"; null for any other. With AND, NOT or
 * FOLLOWEDBY the address alone does not match, and to take it would accuse it of more than the source does.
 */
export function addressesOf(pattern: string): string[] | null {
  const addresses: string[] = [];
  const rest = pattern.replaceAll(comparison, (_, one?: string, several?: string) => {
    if (one !== undefined) addresses.push(one);
    for (const [, each = ""] of (several ?? "").matchAll(/'([^'\\]{1,64})'/g)) addresses.push(each);
    return "";
  });
  const isSimple = rest.replaceAll(/\bOR\b|[\s[\]()]/g, "") === "";
  return isSimple && addresses.length > 0 ? addresses : null;
}
