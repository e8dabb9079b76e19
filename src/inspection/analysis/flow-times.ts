import { BurstIntervals } from "./burst-intervals.ts";

const initialCount = 512;

/** What a flow has shown; the lower six bits are those of `tcp.completeness`. */
export const seen = { syn: 1, synAck: 2, ack: 4, data: 8, fin: 16, rst: 32 } as const;

/** One look at a packet of a flow. */
export interface FlowPacket {
  /** Nanoseconds since the capture's first packet; may be negative. */
  elapsed: number;
  frameNumber: number;
  /** Whether it carries payload of the program, not only TCP's own bookkeeping. */
  hasPayload: boolean;
  wireLength: number;
  /** Bits of `seen`. */
  shown: number;
}

/** When each flow began and ended, what it showed, and how regular its exchanges are; by flow number. */
export class FlowTimes {
  #first = new Float64Array(initialCount);
  #last = new Float64Array(initialCount);
  #firstFrame = new Uint32Array(initialCount);
  #protocol = new Uint16Array(initialCount);
  #seen = new Uint8Array(initialCount);
  #count = 0;
  readonly bursts = new BurstIntervals();

  get count(): number {
    return this.#count;
  }

  add(flow: number, packet: FlowPacket): void {
    if (flow >= this.#first.length) this.#grow(flow);
    if (this.#firstFrame[flow] === 0) {
      this.#first[flow] = packet.elapsed;
      this.#firstFrame[flow] = packet.frameNumber;
      if (flow >= this.#count) this.#count = flow + 1;
    } else if (packet.hasPayload) {
      this.bursts.add(flow, packet.elapsed, packet.elapsed - (this.#last[flow] ?? 0));
    }
    this.#last[flow] = packet.elapsed;
    this.#seen[flow] = (this.#seen[flow] ?? 0) | packet.shown;
  }

  first(flow: number): number {
    return this.#first[flow] ?? 0;
  }

  last(flow: number): number {
    return this.#last[flow] ?? 0;
  }

  firstFrame(flow: number): number {
    return this.#firstFrame[flow] ?? 0;
  }

  seen(flow: number): number {
    return this.#seen[flow] ?? 0;
  }

  /** Number of the protocol above the transport, 0 while none has shown. */
  protocol(flow: number): number {
    return this.#protocol[flow] ?? 0;
  }

  setProtocol(flow: number, protocol: number): void {
    if (flow < this.#protocol.length) this.#protocol[flow] = protocol;
  }

  #grow(flow: number): void {
    let size = this.#first.length;
    while (size <= flow) size *= 2;
    this.#first = grown(this.#first, new Float64Array(size));
    this.#last = grown(this.#last, new Float64Array(size));
    this.#firstFrame = grown(this.#firstFrame, new Uint32Array(size));
    this.#protocol = grown(this.#protocol, new Uint16Array(size));
    this.#seen = grown(this.#seen, new Uint8Array(size));
  }
}

/** Copies a column into a longer one. */
export function grown<Column extends { set(from: Column): void }>(
  from: Column,
  into: Column,
): Column {
  into.set(from);
  return into;
}
