import { changeAddress } from "./addresses.ts";
import { firstMicroseconds, type FrameSource, type SourceFrame } from "./frame-source.ts";
import { scatter } from "./random.ts";
import type { Template } from "./template.ts";

/**
 * A longer capture takes part in so many fewer repetitions, as if it had this many packets: otherwise a
 * few long ones would be most of the traffic, and flows would be few.
 */
const packetCountPerRepetition = 120;

/** Repeats captures, one after another, with other addresses each time, so that every flow is a new one. */
export class RepeatedTraffic implements FrameSource {
  readonly #template: Template;
  readonly #frame: SourceFrame;
  #packet = 0;
  #packetEnd = 0;
  #capture = 0;
  #times: number;
  #change = 0;

  /** The seed says which addresses the first repetition has. */
  constructor(template: Template, seed: number) {
    this.#template = template;
    this.#times = seed % 64;
    this.#frame = {
      bytes: Buffer.alloc(largest(template.starts)),
      offset: 0,
      capturedLength: 0,
      originalLength: 0,
      microseconds: firstMicroseconds,
    };
  }

  next(): SourceFrame {
    while (this.#packet === this.#packetEnd) this.#nextCapture();
    const packet = this.#packet++;
    const { bytes, starts, originalLengths, gaps } = this.#template;
    const frame = this.#frame;
    const start = starts[packet] ?? 0;
    const end = starts[packet + 1] ?? 0;
    bytes.copy(frame.bytes, 0, start, end);
    frame.capturedLength = end - start;
    frame.originalLength = originalLengths[packet] ?? 0;
    frame.microseconds += gaps[packet] ?? 0;
    this.#changeAddresses(packet, start);
    return frame;
  }

  /** Turns to the next capture, which may have no turn this time. */
  #nextCapture(): void {
    const { captureStarts } = this.#template;
    const start = captureStarts[this.#capture] ?? 0;
    const end = captureStarts[this.#capture + 1] ?? 0;
    const share = Math.min(1, packetCountPerRepetition / (end - start));
    // Captures of one length do not all have their turn in the same repetition.
    const turn = this.#times + (scatter(this.#capture) % 1_024) / 1_024 / share;
    const hasTurn = Math.floor((turn + 1) * share) > Math.floor(turn * share);
    // Captures of one folder often are of the same hosts; each has its own change of addresses.
    this.#change = scatter(scatter(this.#capture) + this.#times);
    this.#packet = start;
    this.#packetEnd = hasTurn ? end : start;
    if (++this.#capture < captureStarts.length - 1) return;
    this.#capture = 0;
    this.#times++;
  }

  #changeAddresses(packet: number, start: number): void {
    const { addressStarts, addresses } = this.#template;
    const end = addressStarts[packet + 1] ?? 0;
    for (let index = addressStarts[packet] ?? 0; index < end; index++) {
      const address = addresses[index] ?? 0;
      const at = Math.floor(address / 2) - start;
      changeAddress(this.#frame.bytes, at, address % 2 === 1, this.#change);
    }
  }
}

function largest(starts: readonly number[]): number {
  let size = 0;
  for (let index = 1; index < starts.length; index++)
    size = Math.max(size, (starts[index] ?? 0) - (starts[index - 1] ?? 0));
  return size;
}
