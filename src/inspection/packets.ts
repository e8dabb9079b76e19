import { catalog } from "./filter/catalog.ts";
import { FilterError } from "./filter/filter-error.ts";
import type { Filter } from "./filter/filter.ts";
import { fieldReader, type Reader } from "./filter/read-field.ts";
import type { Subject } from "./filter/subject.ts";
import type { Value } from "./filter/value-kind.ts";
import { valueText } from "./filter/value-text.ts";
import { summaryOf, type PacketSummary } from "./packet-summary.ts";
import { PacketFacts } from "./packet-facts.ts";
import type { PacketView } from "./file/record.ts";
import { SubjectMaker, visitPackets, type CaptureSource, type PassEnd } from "./packet-pass.ts";

export interface PacketsOptions {
  /** Packets must pass this filter. */
  filter?: Filter;
  /** Names of fields whose values are told of each packet. */
  fields?: readonly string[];
  /** No more packets than this. */
  packetCountMax?: number;
  /** Ends the reading with the signal's reason. */
  signal?: AbortSignal;
}

/** One packet of a list. */
export interface Packet extends PacketSummary {
  /** Values of the fields asked for, in their order, each as text. */
  fields: string[][];
}

/** Packets held until they are taken. */
const batchCountMax = 1_000;

/** Tells packets in the order of the file; `show` may wait, and reading then waits too. */
export async function listPackets(
  source: CaptureSource,
  options: PacketsOptions,
  show: (packets: readonly Packet[]) => Promise<void>,
): Promise<PassEnd> {
  const { filter, fields = [], packetCountMax = Infinity, signal } = options;
  const readers = fields.map(textReader);
  const names = new Set([...(filter?.names ?? []), ...fields, ...summaryNames]);
  const tracker = await trackerFor(source, names, signal);
  let waiting: Packet[] = [];
  let count = 0;
  const flush = async (): Promise<void> => {
    const packets = waiting;
    waiting = [];
    for (let at = 0; at < packets.length; at += batchCountMax)
      await show(packets.slice(at, at + batchCountMax));
  };
  const visit = (subject: Subject): boolean => {
    tracker.add(subject.frame, subject.packet.time);
    if (filter && !filter.matches(subject)) return true;
    waiting.push({ ...summaryOf(subject), fields: readers.map((read) => read(subject)) });
    return ++count < packetCountMax;
  };
  const end = await visitPackets(source, { visit, flush }, signal);
  await flush();
  return end;
}

/** How many packets pass each filter; one pass for all of them. */
export async function countPackets(
  source: CaptureSource,
  filters: readonly Filter[],
  signal?: AbortSignal,
): Promise<number[]> {
  const counts = filters.map(() => 0);
  const names = new Set(filters.flatMap((filter) => [...filter.names]));
  const tracker = await trackerFor(source, names, signal);
  const visit = (subject: Subject): boolean => {
    tracker.add(subject.frame, subject.packet.time);
    for (let index = 0; index < filters.length; index++)
      if (filters[index]?.matches(subject)) counts[index] = (counts[index] ?? 0) + 1;
    return true;
  };
  await visitPackets(source, { visit }, signal);
  return counts;
}

/**
 * Asks a filter of packets that are read elsewhere, from the first one on and in their order. Reads the
 * source once before, where the filter needs to know what comes later.
 */
export async function packetMatcher(
  source: CaptureSource,
  filter: Filter,
  signal?: AbortSignal,
): Promise<(packet: PacketView, number: number) => boolean> {
  const tracker = await trackerFor(source, filter.names, signal);
  const maker = new SubjectMaker();
  return (packet, number) => {
    const subject = maker.subjectOf(packet, number);
    tracker.add(subject.frame, subject.packet.time);
    return filter.matches(subject);
  };
}

/** What the line about a packet takes from analyses. */
const summaryNames = ["tcp.seq"];

/**
 * Follows TCP streams where a name asks for it; with a pass of its own first, where a name says of
 * early packets what only later ones show.
 */
export async function trackerFor(
  source: CaptureSource,
  names: ReadonlySet<string>,
  signal?: AbortSignal,
  onPacket?: () => void,
): Promise<PacketFacts> {
  const first = new PacketFacts(names, null);
  if (!PacketFacts.looksAhead(names)) return first;
  const visit = ({ frame, packet }: Subject): boolean => {
    first.add(frame, packet.time);
    onPacket?.();
    return true;
  };
  await visitPackets(source, { visit }, signal);
  return new PacketFacts(names, first);
}

function textReader(name: string): (subject: Subject) => string[] {
  const field = catalog().field(name);
  const read = field ? fieldReader(field, null) : presence(name);
  const type = field?.type ?? "string";
  const values: Value[] = [];
  return (subject) => {
    values.length = 0;
    read(subject, values);
    return values.map((value) => valueText(value, type));
  };
}

/** A protocol's name stands for its being there. */
function presence(name: string): Reader {
  if (!catalog().isProtocol(name))
    throw new FilterError(`there is no field "${name}"`, { start: 0, end: name.length });
  return ({ frame }, values) => {
    for (let index = 0; index < frame.depth; index++)
      if (frame.path[index] === name) values.push(name);
  };
}
