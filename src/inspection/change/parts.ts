import { endpointText, visible } from "../summary/safe-text.ts";
import type { ChangePart, ChangePartBy, ChangeRow } from "./change-answer.ts";
import { pairOf, type Group, type Groups } from "./groups.ts";
import { growthOf, valuesOf, type MetricShape, type Spans } from "./metrics.ts";
import { ownerText } from "./owner-text.ts";
import type { Grown, Scene } from "./scene.ts";

/** Rows told of each part. */
const rowToldMax = 10;
/** Destinations whose country is asked for. */
const locatedCountMax = 2_000;

export interface Measure {
  shape: MetricShape;
  spans: Spans;
  /** Mean of what was there before: what is new is measured against it, where the metric is a mean. */
  usual: number;
  /** After less before of everything; shares are of it, or of all that grew where other things shrank. */
  increase: number;
  /** What of a group is not new, in the metric's unit, where it is known from elsewhere. */
  known?: (group: Group) => number;
}

/** Groups that grew, most first, each with its share. */
export function grownOf(groups: Iterable<Group>, measure: Measure): Grown[] {
  const grown: Grown[] = [];
  let total = 0;
  for (const group of groups) {
    const whole = growthOf(pairOf(group, measure.shape), measure.shape, measure);
    const growth = Math.max(0, whole - (measure.known?.(group) ?? 0));
    if (!(growth > 0)) continue;
    total += growth;
    grown.push({ group, growth, share: 0 });
  }
  const whole = measure.shape.per === null ? Math.max(total, measure.increase) : total;
  for (const one of grown) one.share = one.growth / whole;
  return grown.sort((one, other) => other.growth - one.growth);
}

interface RowText {
  name: string;
  detail: string;
}

/** A part of the answer: the greatest rows, and what is left. */
export function partOf(
  by: ChangePartBy,
  grown: readonly Grown[],
  { scene, name }: { scene: Scene; name: (group: Group) => RowText },
): ChangePart {
  const told = grown.slice(0, rowToldMax);
  const rows = told.map((one) => rowOf(one, { scene, text: name(one.group), by }));
  const otherShare = grown.slice(rowToldMax).reduce((total, { share }) => total + share, 0);
  return { by, rows, count: grown.length, otherShare: rounded(otherShare) };
}

function rowOf(
  { group, share }: Grown,
  { scene, text, by }: { scene: Scene; text: RowText; by: ChangePartBy },
): ChangeRow {
  const { before, after } = valuesOf(pairOf(group, scene.shape), scene.shape, scene.spans);
  const isPeer = by === "destination";
  const facts = isPeer ? scene.factsOf(scene.text(group.sample.remote)) : null;
  const owner = isPeer ? scene.ownerOf(group.sample) : null;
  return {
    name: text.name,
    address: isPeer ? scene.text(group.sample.remote) : null,
    detail: text.detail,
    before: rounded(before),
    after: rounded(after),
    share: rounded(share),
    firstSeen: Number.isFinite(group.first) ? Math.round(scene.moment + group.first) : null,
    process: owner && ownerText(owner),
    threat: facts?.threat == null ? null : visible(facts.threat),
    country: facts?.country == null ? null : visible(facts.country),
    asn: facts && asnOf(facts),
    seenBefore: isPeer ? scene.seenBefore(scene.text(group.sample.remote)) : null,
  };
}

/** Cut, not rounded up: shares that are added up stay below 1. */
export const rounded = (value: number): number => Math.floor(value * 1e6) / 1e6;

function asnOf({ asn, owner }: { asn: string | null; owner: string | null }): string | null {
  const parts = [asn, owner].filter((part) => part !== null && part !== "");
  return parts.length === 0 ? null : visible(parts.join(" "));
}

/** `203.0.113.7:443` of a server, `203.0.113.7 to port 22` of a client of this host. */
export function destinationText(group: Group, scene: Scene): RowText {
  const { sample } = group;
  const address = scene.text(sample.remote);
  const name =
    sample.serverPort === 0
      ? visible(address)
      : sample.isOutbound
        ? endpointText(address, sample.serverPort)
        : `${visible(address)} to port ${sample.serverPort}`;
  const known = scene.nameOf(address);
  const facts = scene.factsOf(address);
  const detail = [
    known === null ? null : visible(known),
    facts && asnOf(facts),
    facts?.country ?? null,
    sample.protocol ?? (sample.transport === "udp" ? "udp" : null),
  ];
  return { name, detail: detail.filter((part) => part !== null).join(", ") };
}

export const portText = ({ sample }: Group): RowText => ({
  name: sample.serverPort === 0 ? "no port" : `${sample.serverPort}/${sample.transport}`,
  detail: sample.isOutbound ? "" : "of this host",
});

export const protocolText = ({ sample }: Group): RowText => ({
  name: visible(
    sample.protocol ?? (sample.transport === "other" ? "other" : `${sample.transport}, unknown`),
  ),
  detail: "",
});

/** By country, from the destinations that grew most. */
export function countryPart(grown: readonly Grown[], scene: Scene): ChangePart | null {
  const countries = new Map<string, Grown>();
  for (const one of grown.slice(0, locatedCountMax)) {
    const country = scene.factsOf(scene.text(one.group.sample.remote))?.country;
    if (country == null) continue;
    const known = countries.get(country);
    if (known) addGrown(known, one);
    else countries.set(country, { ...one, group: copyOf(one.group) });
  }
  if (countries.size === 0) return null;
  const all = [...countries].toSorted(([, one], [, other]) => other.growth - one.growth);
  const names = new Map(all.map(([country, { group }]) => [group, country]));
  return partOf(
    "country",
    all.map(([, one]) => one),
    { scene, name: (group) => ({ name: visible(names.get(group) ?? ""), detail: "" }) },
  );
}

const copyOf = (group: Group): Group => ({
  ...group,
  before: [...group.before],
  after: [...group.after],
});

function addGrown(into: Grown, { group, growth, share }: Grown): void {
  into.growth += growth;
  into.share += share;
  into.group.flows += group.flows;
  into.group.first = Math.min(into.group.first, group.first);
  for (let at = 0; at < group.after.length; at++) {
    into.group.before[at] = (into.group.before[at] ?? 0) + (group.before[at] ?? 0);
    into.group.after[at] = (into.group.after[at] ?? 0) + (group.after[at] ?? 0);
  }
}

/** Groups of one direction, or all. */
export function* inScope<Key>(
  { all }: Groups<Key>,
  isOutbound: boolean | null,
): IterableIterator<Group> {
  for (const group of all.values())
    if (isOutbound === null || group.sample.isOutbound === isOutbound) yield group;
}
