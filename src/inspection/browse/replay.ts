// One packet as it is seen by whoever read all before it, without reading all: its own stream says nearly everything.
import { dnsFactFields } from "../dissect/web/dns-facts.ts";
import { tcpFactNames } from "../dissect/transport/tcp-fields.ts";
import { udpFactFields } from "../dissect/transport/udp-facts.ts";
import { toNanoseconds } from "../file/time.ts";
import type { Subject } from "../filter/subject.ts";
import { PacketFacts } from "../packet-facts.ts";
import { SubjectMaker } from "../packet-pass.ts";
import { protocolOf } from "../packet-summary.ts";
import type { BookParts } from "./open-book.ts";
import { streamPlaces, takePlaces } from "./stream-packets.ts";
import { fragmentWord, streamOf, transportLayerOf, withoutDirection } from "./stream-words.ts";

/** Packets near the file's beginning are looked at after all before them. */
const wholeCountMax = 10_000;
/** So many are read when a stream by itself shows another protocol than all packets did. */
const wholeAgainCountMax = 200_000;
/** Packets of a stream that are read: its first, and the last before the one that is asked for. */
const firstCountMax = 500;
const lastCountMax = 10_000;
/** And those behind it, which may answer it. */
const nextCountMax = 2_000;
/** Packets before one without a stream among which the other pieces of its datagram are looked for. */
const fragmentReachCount = 5_000;
/** Packets that are dissected before others have their turn. */
const turnCount = 500;

const factNames: ReadonlySet<string> = new Set([
  ...tcpFactNames,
  ...Object.keys(dnsFactFields),
  ...Object.keys(udpFactFields),
]);

/** Dissects the packet at `place` after those that matter for it; what `look` is shown is valid during the call. */
export async function replay<Result>(
  parts: BookParts,
  wanted: { place: number; protocol: string },
  look: (subject: Subject) => Result,
  signal?: AbortSignal,
): Promise<Result | null> {
  const { place, protocol } = wanted;
  const behind = placesBehind(parts, place);
  const isKnown = place < parts.notes.count;
  const all = (): number[] => Array.from({ length: place + 1 }, (_, at) => at);
  if (place < wholeCountMax) return replayPlaces(parts, { before: all(), behind }, look, signal);
  const before = placesBefore(parts, place);
  let isAgreed = true;
  const shown = await replayPlaces(
    parts,
    { before, behind },
    (subject) => {
      isAgreed = !isKnown || protocolOf(subject.frame) === protocol;
      return look(subject);
    },
    signal,
  );
  if (isAgreed || place >= wholeAgainCountMax) return shown;
  return replayPlaces(parts, { before: all(), behind }, look, signal);
}

/** What was sent before in the same stream, or may be a piece of the same datagram; the packet itself is the last. */
function placesBefore({ notes }: BookParts, place: number): number[] {
  const word = notes.wordAt(place);
  const reach = { from: Math.max(0, place - fragmentReachCount), to: place };
  if (word <= fragmentWord) return [...streamPlaces(notes, fragmentWord, reach), place];
  const places = [...streamPlaces(notes, withoutDirection(word), { from: 0, to: place })];
  const last = places.slice(-lastCountMax);
  const first = places.slice(0, Math.min(firstCountMax, places.length - last.length));
  return [...first, ...last, place];
}

function placesBehind({ notes }: BookParts, place: number): number[] {
  const word = notes.wordAt(place);
  if (word <= fragmentWord) return [];
  const behind = { from: place + 1, to: notes.count };
  return takePlaces(streamPlaces(notes, withoutDirection(word), behind), nextCountMax);
}

async function replayPlaces<Result>(
  parts: BookParts,
  { before, behind }: { before: number[]; behind: number[] },
  look: (subject: Subject) => Result,
  signal?: AbortSignal,
): Promise<Result | null> {
  const place = before.at(-1) ?? 0;
  const first = new PacketFacts(factNames, null);
  await eachSubject(
    parts,
    [...before, ...behind],
    ({ frame, packet }) => first.add(frame, packet.time),
    signal,
  );
  const facts = new PacketFacts(factNames, first);
  const previousTime = await timeAt(parts, place - 1);
  let result: Result | null = null;
  await eachSubject(
    parts,
    before,
    (subject) => {
      const { frame, packet } = subject;
      facts.add(frame, packet.time);
      if (packet.number !== place + 1) return;
      packet.previousTime = previousTime;
      packet.firstTime = parts.index.firstTime;
      nameStream(subject, parts.notes.wordAt(place));
      result = look(subject);
    },
    signal,
  );
  return result;
}

/** A stream that is read alone has another number than in the file. */
function nameStream({ frame }: Subject, word: number): void {
  const layer = transportLayerOf(frame);
  const name = streamOf(word);
  if (layer && name) layer.stream = name.stream;
}

async function eachSubject(
  { reader, options }: BookParts,
  places: readonly number[],
  visit: (subject: Subject) => void,
  signal?: AbortSignal,
): Promise<void> {
  const maker = new SubjectMaker();
  for (let at = 0; at < places.length; at += turnCount) {
    await reader.visit(
      places.slice(at, at + turnCount),
      (packet, place) => {
        const subject = maker.subjectOf(packet, place + 1);
        subject.packet.interfaceIndex = packet.interfaceIndex;
        visit(subject);
        return true;
      },
      signal,
    );
    await options.pause();
  }
}

async function timeAt({ reader }: BookParts, place: number): Promise<bigint | null> {
  let time: bigint | null = null;
  if (place < 0) return time;
  await reader.visit([place], (packet) => {
    time = packet.hasTime ? toNanoseconds(packet) : null;
    return true;
  });
  return time;
}
