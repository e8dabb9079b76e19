import type { Ends } from "../../analysis/ends.ts";
import { KeyTable } from "../../analysis/key-table.ts";
import type { Dissector, Frame } from "../frame.ts";
import type { StreamDissector } from "./stream.ts";

/** Announced ends and bound conversations of one capture; further ones are not kept. */
const endCountMax = 100_000;
const boundCountMax = 1_000_000;

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
  readonly #ports = new Uint8Array(65_536);
  readonly #bound = new Map<number, Announced>();

  /** True while nothing was announced, which most captures stay at. */
  get isEmpty(): boolean {
    return this.#ends.count === 0 && this.#bound.size === 0;
  }

  /** Datagrams from or to this address (its number) and port belong to `dissect`. */
  expectDatagrams(address: number, port: number, dissect: Dissector, accepts?: Accepts): void {
    const index = this.#add(address, port);
    if (index >= 0) this.#datagrams[index] = { dissect, accepts };
  }

  /** Streams from or to this address (its number) and port belong to `stream`. */
  expectStream(address: number, port: number, stream: StreamDissector): void {
    const index = this.#add(address, port + 65_536);
    if (index >= 0) this.#streams[index] = stream;
  }

  /** A UDP conversation, by its number, belongs to `dissect` from here on. */
  bindConversation(udpStream: number, dissect: Dissector, accepts?: Accepts): void {
    if (udpStream < 0 || this.#bound.size >= boundCountMax) return;
    if (this.#bound.get(udpStream)?.dissect !== dissect)
      this.#bound.set(udpStream, { dissect, accepts });
  }

  /** What the datagram with its payload at `at` was announced as, unless that refuses it. */
  dissectorOf(frame: Frame, at: number): Dissector | undefined {
    const announced = this.#bound.get(frame.udpStream) ?? this.#datagramsOf(frame.ends);
    return announced?.accepts?.(frame, at) === false ? undefined : announced?.dissect;
  }

  /** Whom a datagram was announced to be of, by where it goes and then by where it comes from. */
  #datagramsOf(ends: Ends): Announced | undefined {
    if (!this.#mayHave(ends)) return undefined;
    return (
      valueAt(this.#datagrams, this.#find(ends.destination, ends.destinationPort)) ??
      valueAt(this.#datagrams, this.#find(ends.source, ends.sourcePort))
    );
  }

  streamOf(ends: Ends): StreamDissector | undefined {
    if (!this.#mayHave(ends)) return undefined;
    return (
      valueAt(this.#streams, this.#find(ends.destination, ends.destinationPort + 65_536)) ??
      valueAt(this.#streams, this.#find(ends.source, ends.sourcePort + 65_536))
    );
  }

  /** False where nothing was announced for the ports at any address: no address need be numbered then. */
  #mayHave({ sourcePort, destinationPort }: Ends): boolean {
    return this.#ports[sourcePort] === 1 || this.#ports[destinationPort] === 1;
  }

  #add(address: number, port: number): number {
    this.#ports[port & 0xffff] = 1;
    this.#ends.key[0] = address;
    this.#ends.key[1] = port;
    return this.#ends.findOrAdd();
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
