// Who sent to whom: conversations and destinations. A frame of one IP header and one flow, which nearly all
// are, is counted in its flow alone, and the flows are added up at the end; the rest is counted here.
import { addressKind, type AddressKind, type Ends } from "./ends.ts";
import type { Addresses } from "./addresses.ts";
import { Conversations } from "./conversations.ts";
import { DestinationCounts, portType, type PortType } from "./destinations.ts";
import { addressNumber } from "./flow-ends.ts";
import { bytesAt, flowWord, kindOf, type FlowTable } from "./flow-table.ts";

/** IP headers, and flows, of one frame that are counted; deeper ones are not followed. */
const headerCountMax = 64;
/** kind, source, destination, destination port, transport. */
const partWords = 5;

/** Conversations and destinations of one IP version. */
class Family {
  readonly conversations = new Conversations();
  readonly destinations = new DestinationCounts();

  get overflow(): number {
    return this.conversations.overflow + this.destinations.overflow;
  }

  /** Makes room for the ends of so many flows. */
  reserve(flowCount: number): void {
    this.conversations.reserve(flowCount);
    this.destinations.reserve(flowCount);
  }
}

export class IpTraffic {
  readonly ipv4 = new Family();
  readonly ipv6 = new Family();
  readonly #addresses: Addresses;
  /** IP headers of the frame, then its flows. */
  readonly #headers = new Int32Array(headerCountMax * partWords);
  readonly #flows = new Int32Array(headerCountMax * partWords);
  #headerCount = 0;
  #flowCount = 0;
  /** Headers whose destination does not count. */
  #unseen = 0;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  start(): void {
    this.#headerCount = 0;
    this.#flowCount = 0;
    this.#unseen = 0;
  }

  /** Notes an IP header, whose addresses are in `ends`. */
  noteHeader(ends: Ends): void {
    if (this.#headerCount >= headerCountMax) return;
    notePart(this.#headers, this.#headerCount++, ends, portType.none);
  }

  /** The destination of the last header is not told, because what it carries was not seen. */
  hideDestination(): void {
    this.#unseen++;
  }

  /** Notes that a flow counted this frame. */
  noteFlow(ends: Ends, transport: PortType): void {
    if (this.#flowCount >= headerCountMax) return;
    notePart(this.#flows, this.#flowCount++, ends, transport);
  }

  /** Counts what the frame's flows do not count right: called once a frame. */
  finish(frame: { number: number; wireLength: number; ends: Ends; portType: PortType }): void {
    if (this.#headerCount === 1 && this.#flowCount === 1 && this.#unseen === 0) return;
    if (this.#headerCount + this.#flowCount > 0) this.#correct(frame);
  }

  /** Adds up a table of flows, whose counts of each direction lie at `a` and `b` of their rows. */
  addFlows(flows: FlowTable, transport: PortType, { a, b }: { a: number; b: number }): void {
    const counts = {
      fromA: { frames: 0, bytes: 0 },
      fromB: { frames: 0, bytes: 0 },
      firstFrame: 0,
    };
    const { fromA, fromB } = counts;
    this.#reserve(flows);
    for (let flow = 0; flow < flows.count; flow++) {
      flows.select(flow);
      const { rows, row } = flows;
      const family = kindOf(rows, row) === addressKind.ipv6 ? this.ipv6 : this.ipv4;
      const endA = addressNumber(rows, row, flowWord.keyA, this.#addresses);
      const endB = addressNumber(rows, row, flowWord.keyB, this.#addresses);
      if (endA < 0 || endB < 0) continue;
      const ports = rows[row + flowWord.ports] ?? 0;
      counts.firstFrame = rows[row + flowWord.firstFrame] ?? 0;
      fromA.frames = rows[row + a] ?? 0;
      fromA.bytes = bytesAt(rows, row + a);
      fromB.frames = rows[row + b] ?? 0;
      fromB.bytes = bytesAt(rows, row + b);
      if (fromA.frames <= 0 && fromB.frames <= 0) continue;
      family.conversations.addFlow(endA, endB, counts);
      if (fromA.frames > 0) family.destinations.add(endB, transport, ports & 0xffff, fromA.frames);
      if (fromB.frames > 0) family.destinations.add(endA, transport, ports >>> 16, fromB.frames);
    }
  }

  /** Most flows have another pair of ends than all others. */
  #reserve(flows: FlowTable): void {
    let ipv6Count = 0;
    for (let flow = 0; flow < flows.count; flow++) {
      flows.select(flow);
      if (kindOf(flows.rows, flows.row) === addressKind.ipv6) ipv6Count++;
    }
    this.ipv6.reserve(ipv6Count);
    this.ipv4.reserve(flows.count - ipv6Count);
  }

  #correct(frame: { number: number; wireLength: number; ends: Ends; portType: PortType }): void {
    const { number: firstFrame, wireLength: bytes, ends } = frame;
    for (let index = 0; index < this.#flowCount; index++) {
      const at = index * partWords;
      const family = this.#family(this.#flows[at] ?? 0);
      const destination = this.#number(this.#flows, at, 2);
      const transport = this.#flows[at + 4] === portType.udp ? portType.udp : portType.tcp;
      family.destinations.add(destination, transport, this.#flows[at + 3] ?? 0, -1);
      const source = this.#number(this.#flows, at, 1);
      family.conversations.add(source, destination, { frames: -1, bytes: -bytes, firstFrame });
    }
    const shown = this.#headerCount - this.#unseen;
    const port = ends.destinationPort;
    for (let index = 0; index < this.#headerCount; index++) {
      const at = index * partWords;
      const family = this.#family(this.#headers[at] ?? 0);
      const source = this.#number(this.#headers, at, 1);
      const destination = this.#number(this.#headers, at, 2);
      if (source < 0 || destination < 0) continue;
      family.conversations.add(source, destination, { frames: 1, bytes, firstFrame });
      if (index < shown) family.destinations.add(ends.destination, frame.portType, port, 1);
    }
  }

  #family(kind: number): Family {
    return kind === addressKind.ipv6 ? this.ipv6 : this.ipv4;
  }

  #number(parts: Int32Array, at: number, word: number): number {
    const key = parts[at + word] ?? 0;
    return parts[at] === addressKind.ipv4 ? this.#addresses.ipv4(key) : key;
  }
}

function notePart(parts: Int32Array, index: number, ends: Ends, transport: PortType): void {
  const at = index * partWords;
  const kind: AddressKind = ends.kind;
  parts[at] = kind;
  parts[at + 1] = ends.sourceKey;
  parts[at + 2] = ends.destinationKey;
  parts[at + 3] = ends.destinationPort;
  parts[at + 4] = transport;
}
