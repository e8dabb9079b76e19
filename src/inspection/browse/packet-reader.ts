// Reads packets by their places: few reads for those that lie together, and nothing of the others.
import { pcapParser } from "../file/pcap.ts";
import { pcapngParser } from "../file/pcapng.ts";
import {
  newReaderState,
  recordKind,
  type PacketView,
  type PcapngSection,
  type ReaderState,
  type RecordParser,
} from "../file/record.ts";
import type { FileLayout, PacketIndex } from "./packet-index.ts";
import type { RandomAccess } from "./packet-book.ts";

/** Bytes between two packets that are rather read than left out. */
const gapSizeBytesMax = 16_384;
/** Bytes of one read, unless one packet is larger. */
const readSizeBytesMax = 2_097_152;
/** What is read of a record at first: larger ones are rare, and other blocks may follow it. */
const recordSizeBytesGuess = 262_144 + 4_096;
const readsAtOnceMax = 4;

interface Stretch {
  offset: number;
  end: number;
  /** Places of packets, in their order. */
  places: number[];
}

/** Reads packets again that an index has. */
export class PacketReader {
  readonly #source: RandomAccess;
  readonly #index: PacketIndex;
  readonly #state: ReaderState = newReaderState();
  readonly #parsers = new Map<PcapngSection | null, RecordParser>();

  constructor(source: RandomAccess, index: PacketIndex) {
    this.#source = source;
    this.#index = index;
  }

  /** Shows the packets of `places`, which ascend; `visit` returns false when no more are wanted. */
  async visit(
    places: Iterable<number>,
    visit: (packet: PacketView, place: number) => boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    const waiting: { stretch: Stretch; reading: Promise<Uint8Array> }[] = [];
    const stretches = this.#stretches(places);
    const ahead = (): void => {
      for (const stretch of takeUpTo(stretches, readsAtOnceMax - waiting.length)) {
        const reading = this.#source.read(stretch.offset, stretch.end - stretch.offset, signal);
        reading.catch(() => {});
        waiting.push({ stretch, reading });
      }
    };
    for (ahead(); waiting.length > 0; ahead()) {
      const next = waiting.shift();
      if (!next) return;
      const bytes = await next.reading;
      signal?.throwIfAborted();
      if (!(await this.#show(next.stretch, bytes, { visit, signal }))) return;
    }
  }

  async #show(
    { offset, places }: Stretch,
    bytes: Uint8Array,
    {
      visit,
      signal,
    }: {
      visit: (packet: PacketView, place: number) => boolean;
      signal: AbortSignal | undefined;
    },
  ): Promise<boolean> {
    for (const place of places) {
      const start = this.#index.offsetOf(place);
      const size = this.#parse(bytes, start - offset, place);
      if (size > 0) {
        const whole = await this.#source.read(start, size, signal);
        if (this.#parse(whole, 0, place) !== 0) continue;
      } else if (size < 0) continue;
      if (!visit(this.#state.packet, place)) return false;
    }
    return true;
  }

  /** 0: the packet is read; otherwise how many bytes its record has, or -1 where it cannot be read. */
  #parse(bytes: Uint8Array, at: number, place: number): number {
    const parser = this.#parserOf(place);
    if (!parser) return -1;
    const kind = parser.read(bytes, at, bytes.length);
    if (kind === recordKind.packet) {
      if (this.#index.layout?.format === "pcap") this.#state.packet.interfaceIndex = -1;
      return 0;
    }
    return kind === recordKind.needMore && at + parser.sizeBytes > bytes.length
      ? parser.sizeBytes
      : -1;
  }

  #parserOf(place: number): RecordParser | null {
    const { layout } = this.#index;
    if (!layout) return null;
    const section = this.#index.sectionOf(place);
    const found = this.#parsers.get(section);
    if (found) return found;
    const parser = parserOf(layout, section, this.#state);
    this.#parsers.set(section, parser);
    return parser;
  }

  *#stretches(places: Iterable<number>): Generator<Stretch, void> {
    let stretch: Stretch | null = null;
    for (const place of places) {
      const offset = this.#index.offsetOf(place);
      const end = Math.min(this.#index.endOf(place), offset + recordSizeBytesGuess);
      const isNear =
        stretch !== null &&
        offset - stretch.end <= gapSizeBytesMax &&
        end - stretch.offset <= readSizeBytesMax;
      if (stretch && isNear) {
        stretch.end = end;
        stretch.places.push(place);
        continue;
      }
      if (stretch) yield stretch;
      stretch = { offset, end, places: [place] };
    }
    if (stretch) yield stretch;
  }
}

function parserOf(
  layout: FileLayout,
  section: PcapngSection | null,
  state: ReaderState,
): RecordParser {
  if (layout.format === "pcap") return pcapParser(state, layout.kind, layout.header, 0);
  // The index may still find more of them.
  state.interfaces = layout.interfaces as ReaderState["interfaces"];
  return pcapngParser(state, section);
}

function* takeUpTo<Item>(items: Generator<Item, void>, count: number): Generator<Item, void> {
  for (let taken = 0; taken < count; taken++) {
    const next = items.next();
    if (next.done === true) return;
    yield next.value;
  }
}
