import { type Capture, type CaptureMember, type CapturePhase, hostOf } from "../../api/capture.ts";
import type { IncidentRow } from "../../api/incidents.ts";

/** A capture as the list sorts and filters it; times are milliseconds since the epoch. */
export interface CaptureRow {
  capture: Capture;
  id: string;
  name: string;
  host: string;
  phase: CapturePhase;
  group: string | null;
  /** Rules of the alerts that it was made for. */
  rules: string[];
  incidentId: string | null;
  class: string | null;
  isHeld: boolean;
  createdAt: number;
  /** Null: it has not begun, or not ended. */
  startedAt: number | null;
  endedAt: number | null;
  limitSeconds: number;
  packets: number | null;
  sizeBytes: number | null;
  /** What went wrong, in the host's words; empty: nothing. */
  troubles: string[];
  members: readonly CaptureMember[];
}

export function rowsOf(
  captures: readonly Capture[],
  incidents: readonly Pick<IncidentRow, "incidentId" | "recordings">[],
): CaptureRow[] {
  const askedBy = new Map<string, { rules: string[]; incidentId: string }>();
  for (const { incidentId, recordings } of incidents) {
    for (const { captureId, rule } of recordings) {
      if (captureId === null) continue;
      const known = askedBy.get(captureId.toLowerCase());
      if (known) known.rules.push(rule);
      else askedBy.set(captureId.toLowerCase(), { rules: [rule], incidentId });
    }
  }
  return captures.map((capture) => rowOf(capture, askedBy.get(capture.id.toLowerCase())));
}

function rowOf(
  capture: Capture,
  asked: { rules: string[]; incidentId: string } | undefined,
): CaptureRow {
  const { properties, id, name } = capture;
  const { nightcap } = properties;
  return {
    capture,
    id,
    name,
    host: hostOf(capture),
    phase: nightcap?.phase ?? "waiting",
    group: properties.nightcapGroup ?? null,
    rules: [...new Set(asked?.rules)],
    incidentId: asked?.incidentId ?? null,
    class: nightcap?.class ?? null,
    isHeld: nightcap?.hold != null,
    createdAt: timeOf(nightcap?.createdTime) ?? 0,
    startedAt: timeOf(nightcap?.captureStartTime),
    endedAt: timeOf(nightcap?.captureEndTime),
    limitSeconds: limitOf(capture),
    packets: nightcap?.packets ?? null,
    sizeBytes: nightcap?.sizeBytes ?? null,
    troubles: troublesOf(capture),
    members: nightcap?.members ?? [],
  };
}

const timeOf = (text: string | null | undefined): number | null =>
  text == null ? null : Date.parse(text);

const limitOf = ({ properties: { captureSettings, timeLimitInSeconds } }: Capture): number =>
  captureSettings?.sessionTimeLimitInSeconds ?? timeLimitInSeconds ?? 0;

function troublesOf({ properties: { nightcap } }: Capture): string[] {
  const errors = (nightcap?.errors ?? []).map(({ message }) => message);
  return nightcap?.problem == null ? errors : [...errors, nightcap.problem];
}

export const spans = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;
export type Span = keyof typeof spans;

/** What is looked for; null and "": everything. */
export interface CaptureQuestion {
  text: string;
  host: string | null;
  phase: string | null;
  rule: string | null;
  class: string | null;
  held: string | null;
  time: string | null;
}

export function filterRows(
  rows: readonly CaptureRow[],
  question: CaptureQuestion,
  now: number,
): CaptureRow[] {
  const words = question.text.toLowerCase().split(/\s+/).filter(Boolean);
  const span = question.time !== null && question.time in spans ? spans[question.time as Span] : 0;
  const isOne = (wanted: string | null, value: string | null): boolean =>
    wanted === null || wanted === value;
  return rows.filter(
    (row) =>
      isOne(question.host, row.host) &&
      (question.phase === "failed" ? row.troubles.length > 0 : isOne(question.phase, row.phase)) &&
      isOne(question.class, row.class) &&
      (question.rule === null || row.rules.includes(question.rule)) &&
      isOne(question.held, row.isHeld ? "yes" : "no") &&
      (span === 0 || row.createdAt >= now - span) &&
      (words.length === 0 || hasAll(row, words)),
  );
}

function hasAll(row: CaptureRow, words: readonly string[]): boolean {
  const { storagePath = "", filePath = "" } = row.capture.properties.storageLocation ?? {};
  const about = [row.name, row.host, row.group ?? "", ...row.rules, ...row.troubles];
  const members = row.members.map(({ instanceId }) => instanceId);
  const text = [...about, ...members, storagePath, filePath].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

export const sortKeys = {
  name: ({ name }) => name,
  host: ({ host }) => host,
  phase: ({ phase }) => phase,
  rule: ({ rules }) => rules[0] ?? "",
  class: ({ class: kind }) => kind ?? "",
  time: ({ createdAt }) => createdAt,
  length: ({ startedAt, endedAt }) =>
    startedAt === null ? -1 : (endedAt ?? Number.MAX_SAFE_INTEGER) - startedAt,
  packets: ({ packets }) => packets ?? -1,
  size: ({ sizeBytes }) => sizeBytes ?? -1,
} satisfies Record<string, (row: CaptureRow) => number | string>;
export type SortKey = keyof typeof sortKeys;

/** `size`, or `-size` from the greatest down. */
export interface Order {
  key: SortKey;
  isDescending: boolean;
}

export function readOrder(text: string | null): Order {
  const isDescending = text?.startsWith("-") ?? true;
  const key = text?.replace(/^-/, "") ?? "time";
  return key in sortKeys
    ? { key: key as SortKey, isDescending }
    : { key: "time", isDescending: true };
}

export const orderText = ({ key, isDescending }: Order): string =>
  `${isDescending ? "-" : ""}${key}`;

export function sortRows(rows: readonly CaptureRow[], { key, isDescending }: Order): CaptureRow[] {
  const valueOf: (row: CaptureRow) => number | string = sortKeys[key];
  const sign = isDescending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, value: valueOf(row) }));
  return keyed
    .toSorted((a, b) => sign * compare(a.value, b.value) || b.row.createdAt - a.row.createdAt)
    .map(({ row }) => row);
}

const collator = new Intl.Collator(undefined, { numeric: true });
const compare = (a: number | string, b: number | string): number =>
  typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));

/** One line of the list. */
export type CaptureEntry =
  | { kind: "group"; key: string; name: string; rows: CaptureRow[]; isOpen: boolean }
  | { kind: "capture"; key: string; row: CaptureRow; isIn: boolean; isOpen: boolean }
  | { kind: "member"; key: string; row: CaptureRow; member: CaptureMember };

/** A group stands where its first row would, and has all its rows below it; a scale set its hosts. */
export function entriesOf(
  rows: readonly CaptureRow[],
  turned: ReadonlySet<string>,
): CaptureEntry[] {
  const groups = Map.groupBy(rows, ({ group }) => group);
  const seen = new Set<string>();
  return rows.flatMap((row): CaptureEntry[] => {
    const { group } = row;
    const together = (group === null ? undefined : groups.get(group)) ?? [row];
    if (group === null || together.length < 2) return linesOf(row, turned, false);
    if (seen.has(group)) return [];
    seen.add(group);
    const key = `group ${group}`;
    const isOpen = !turned.has(key);
    const head: CaptureEntry = { kind: "group", key, name: group, rows: together, isOpen };
    return isOpen ? [head, ...together.flatMap((each) => linesOf(each, turned, true))] : [head];
  });
}

function linesOf(row: CaptureRow, turned: ReadonlySet<string>, isIn: boolean): CaptureEntry[] {
  const isOpen = row.members.length > 0 && turned.has(row.id);
  const head: CaptureEntry = { kind: "capture", key: row.id, row, isIn, isOpen };
  const members = isOpen ? row.members : [];
  return [
    head,
    ...members.map((member): CaptureEntry => ({
      kind: "member",
      key: `${row.id}/${member.instanceId}`,
      row,
      member,
    })),
  ];
}
