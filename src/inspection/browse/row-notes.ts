// What the list says of a packet and the packet alone does not show: noted by the first pass that comes by.
import type { Subject } from "../filter/subject.ts";
import { infoOf, speakerOf, transportInfo, type Speaker } from "../packet-info.ts";
import { addressesOf, addressLayerOf, protocolOf } from "../packet-summary.ts";
import { GrowingNumbers } from "./growing-numbers.ts";
import type { PacketRow } from "./packet-book.ts";
import { segmentOf, StreamSides } from "./stream-sides.ts";
import { isFromA, streamOf, streamWordOf, transportLayerOf } from "./stream-words.ts";
import { newFacts } from "../dissect/transport/tcp-facts.ts";

/** Different rows that are kept with their text, and characters of these. */
const textCountMax = 500_000;
const textLengthMax = 48_000_000;

/** Protocols whose packets say all of themselves, unless they were in pieces. */
const saidByItself: ReadonlySet<string> = new Set(
  "dns mdns llmnr arp icmp icmpv6 igmp dhcp ntp ssdp".split(" "),
);

/** How a row comes by its text. */
type Info =
  /** Told by the transport's header and where its stream begins. */
  | { kind: "transport"; protocol: string }
  /** Told by the packet itself. */
  | { kind: "self" }
  | { kind: "text"; text: string };

interface RowNote {
  protocol: string;
  info: Info;
  /** Where the packet by itself does not show them. */
  addresses: Pick<PacketRow, "source" | "destination"> | null;
}

type RowText = Pick<PacketRow, "source" | "destination" | "protocol" | "info" | "stream">;

/** Rows of a file, as far as a pass has come by. */
export class RowNotes {
  readonly #codes = new GrowingNumbers();
  readonly #words = new GrowingNumbers();
  readonly #sides = new StreamSides();
  readonly #notes: RowNote[] = [];
  readonly #numbers = new Map<string, number>();
  #textLength = 0;
  readonly #facts = newFacts();
  /** Numbers of the notes that most packets have, by protocol. */
  readonly #common = new Map<string, { tcp: number; udp: number }>();

  /** Packets that were noted, from the first on. */
  get count(): number {
    return this.#codes.length;
  }

  /** `streamWordOf` the packet at a place; 0 where none is known. */
  wordAt(place: number): number {
    return this.#words.at(place);
  }

  /** Takes a packet in when it is the next; passes that come later have nothing to add. */
  note(subject: Subject): void {
    const { frame, packet } = subject;
    const place = packet.number - 1;
    if (place !== this.count) return;
    const transport = transportLayerOf(frame);
    if (transport?.protocol === "tcp") this.#sides.note(frame, transport, place);
    this.#words.push(streamWordOf(frame, transport));
    this.#codes.push(this.#codeOf(subject));
  }

  /** The row of a packet that was dissected by itself. */
  rowOf(subject: Subject, place: number): RowText {
    const note = place < this.count ? this.#notes[this.#codes.at(place)] : undefined;
    const word = this.wordAt(place);
    return {
      ...(note?.addresses ?? addressesOf(subject.frame)),
      protocol: note?.protocol ?? protocolOf(subject.frame),
      info: note ? this.#infoOf(note, subject, place) : infoOf(subject),
      stream: streamOf(word),
    };
  }

  #infoOf({ info }: RowNote, subject: Subject, place: number): string {
    if (info.kind === "text") return info.text;
    if (info.kind === "self") return infoOf(subject);
    this.#giveFacts(subject, place);
    return transportInfo(subject, info.protocol);
  }

  /** Of a header that was put together from pieces. */
  #transportText(subject: Subject): string {
    this.#giveFacts(subject, subject.packet.number - 1);
    return infoOf(subject);
  }

  #giveFacts({ frame }: Subject, place: number): void {
    const layer = transportLayerOf(frame);
    const word = this.wordAt(place);
    const name = streamOf(word);
    if (layer?.protocol !== "tcp" || name?.protocol !== "tcp") return;
    const wanted = { stream: name.stream, isFromA: isFromA(word), place };
    const numbers = this.#sides.numbersOf(wanted, segmentOf(frame, layer));
    if (numbers) layer.facts = Object.assign(this.#facts, numbers);
  }

  #codeOf(subject: Subject): number {
    const { frame } = subject;
    const protocol = protocolOf(frame);
    const speaker = speakerOf(subject);
    const addressLayer = addressLayerOf(frame);
    const isPlain = addressLayer === null || addressLayer.bytes === subject.packet.bytes;
    if (isPlain && speaker && isSaidByHeader(subject, speaker))
      return this.#commonNote(protocol, speaker.protocol === "tcp" ? "tcp" : "udp");
    const addresses = isPlain ? null : addressesOf(frame);
    const info: Info =
      isPlain && (speaker === null || isSaidBySelf(subject, speaker))
        ? { kind: "self" }
        : { kind: "text", text: speaker?.text ?? this.#transportText(subject) };
    return this.#noteOf({ protocol, info, addresses });
  }

  #commonNote(protocol: string, transport: "tcp" | "udp"): number {
    const known = this.#common.get(protocol);
    if (known) return known[transport];
    const noteOf = (by: "tcp" | "udp"): number =>
      this.#noteOf({ protocol, info: { kind: "transport", protocol: by }, addresses: null });
    const made = { tcp: noteOf("tcp"), udp: noteOf("udp") };
    this.#common.set(protocol, made);
    return made[transport];
  }

  #noteOf(note: RowNote): number {
    const key = keyOf(note);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const isFull =
      this.#notes.length >= textCountMax || this.#textLength + key.length > textLengthMax;
    if (isFull && note.info.kind === "text")
      return this.#noteOf({ protocol: note.protocol, info: { kind: "self" }, addresses: null });
    this.#textLength += key.length;
    this.#numbers.set(key, this.#notes.length);
    return this.#notes.push(note) - 1;
  }
}

function isSaidByHeader({ frame, packet }: Subject, { index, text }: Speaker): boolean {
  return text === null && frame.layers[index]?.bytes === packet.bytes;
}

function isSaidBySelf({ frame, packet }: Subject, { index, protocol }: Speaker): boolean {
  const isWhole = frame.layers[index]?.bytes === packet.bytes;
  return isWhole && frame.tcpStream < 0 && saidByItself.has(protocol);
}

function keyOf({ protocol, info, addresses }: RowNote): string {
  const ends = addresses ? `${addresses.source} ${addresses.destination}` : "";
  const text = info.kind === "text" ? info.text : info.kind === "self" ? "" : info.protocol;
  return `${protocol}\n${info.kind}\n${ends}\n${text}`;
}
