import type { Ends } from "../../analysis/ends.ts";
import { KeyTable } from "../../analysis/key-table.ts";
import type { Dissector, Frame } from "../frame.ts";
import type { StreamDissector } from "./stream.ts";

/** Announced ends and bound conversations of one capture; further ones are not kept. */
const endCountMax = 100_000;
const boundCountMax = 1_000_000;

const announcedFor = { datagrams: 1, streams: 2 } as const;

/** False when a datagram is not what was announced; it is then looked at as any other. */
type Accepts = (frame: Frame, at: number) => boolean;

interface Announced {
  dissect: Dissector;
  accepts: Accepts | undefined;
}

/** What one protocol said about another: "my data comes at this address and port". */
export class Expectations {
  readonly #ends = new KeyTable(2, endCountMax);
  readonly #datagrams: (Announced | undefined)[] = [];
  readonly #streams: (StreamDissector | undefined)[] = [];
  /** What was announced for a port at any address, in bits of `announcedFor`. */
  readonly #ports = new Uint8Array(65_536);
  readonly #bound: Announced[] = [];
  /** By UDP conversation, the place in `#bound` plus one; 0 is none. */
  #boundPlaces = new Uint32Array(0);

  /** True while nothing was announced, which most captures stay at. */
  get isEmpty(): boolean {
    return this.#ends.count === 0 && this.#bound.length === 0;
  }

  /** Datagrams from or to this address (its number) and port belong to `dissect`. */
  expectDatagrams(address: number, port: number, dissect: Dissector, accepts?: Accepts): void {
    const index = this.#add(address, port, announcedFor.datagrams);
    if (index >= 0) this.#datagrams[index] = { dissect, accepts };
  }

  /** Streams from or to this address (its number) and port belong to `stream`. */
  expectStream(address: number, port: number, stream: StreamDissector): void {
    const index = this.#add(address, port + 65_536, announcedFor.streams);
    if (index >= 0) this.#streams[index] = stream;
  }

  /** A UDP conversation, by its number, belongs to `dissect` from here on. */
  bindConversation(udpStream: number, dissect: Dissector, accepts?: Accepts): void {
    if (udpStream < 0 || this.#bound.length >= boundCountMax) return;
    if (this.#boundTo(udpStream)?.dissect === dissect) return;
    if (udpStream >= this.#boundPlaces.length) this.#growPlaces(udpStream);
    const place = this.#boundPlaces[udpStream] ?? 0;
    if (place > 0) this.#bound[place - 1] = { dissect, accepts };
    else this.#boundPlaces[udpStream] = this.#bound.push({ dissect, accepts });
  }

  /** What the datagram with its payload at `at` was announced as, unless that refuses it. */
  dissectorOf(frame: Frame, at: number): Dissector | undefined {
    const announced = this.#boundTo(frame.udpStream) ?? this.#datagramsOf(frame.ends);
    return announced?.accepts?.(frame, at) === false ? undefined : announced?.dissect;
  }

  /** Whom a datagram was announced to be of, by where it goes and then by where it comes from. */
  #datagramsOf(ends: Ends): Announced | undefined {
    if (!this.#mayHave(ends, announcedFor.datagrams)) return undefined;
    return (
      valueAt(this.#datagrams, this.#find(ends.destination, ends.destinationPort)) ??
      valueAt(this.#datagrams, this.#find(ends.source, ends.sourcePort))
    );
  }

  streamOf(ends: Ends): StreamDissector | undefined {
    if (!this.#mayHave(ends, announcedFor.streams)) return undefined;
    return (
      valueAt(this.#streams, this.#find(ends.destination, ends.destinationPort + 65_536)) ??
      valueAt(this.#streams, this.#find(ends.source, ends.sourcePort + 65_536))
    );
  }

  /** False where nothing was announced for the ports at any address: no address need be numbered then. */
  #mayHave({ sourcePort, destinationPort }: Ends, what: number): boolean {
    return (((this.#ports[sourcePort] ?? 0) | (this.#ports[destinationPort] ?? 0)) & what) !== 0;
  }

  #add(address: number, port: number, what: number): number {
    this.#ports[port & 0xffff] = (this.#ports[port & 0xffff] ?? 0) | what;
    this.#ends.key[0] = address;
    this.#ends.key[1] = port;
    return this.#ends.findOrAdd();
  }

  #boundTo(udpStream: number): Announced | undefined {
    if (udpStream < 0 || udpStream >= this.#boundPlaces.length) return undefined;
    const place = this.#boundPlaces[udpStream] ?? 0;
    return place === 0 ? undefined : this.#bound[place - 1];
  }

  #growPlaces(udpStream: number): void {
    const places = new Uint32Array(Math.max(udpStream + 1, this.#boundPlaces.length * 2, 1_024));
    places.set(this.#boundPlaces);
    this.#boundPlaces = places;
  }

  #find(address: number, port: number): number {
    this.#ends.key[0] = address;
    this.#ends.key[1] = port;
    return this.#ends.find();
  }
}

/** The value at `index`, which is -1 where there is none: an array is not asked for that, which costs much. */
function valueAt<Value>(values: readonly Value[], index: number): Value | undefined {
  return index < 0 ? undefined : values[index];
}
