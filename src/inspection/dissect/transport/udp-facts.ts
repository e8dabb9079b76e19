// Times of a datagram within its conversation.
import type { Fields } from "../field.ts";
import type { Frame, Layer } from "../frame.ts";

/** Conversations of which times are kept. */
const conversationCountMax = 1_000_000;

interface Times {
  first: bigint;
  last: bigint;
}

/** Keeps the first and the latest time of each conversation. */
export class UdpFactsTracker {
  readonly #times = new Map<number, Times>();

  add(frame: Frame, time: bigint): void {
    for (let index = 0; index < frame.depth; index++) {
      const layer = frame.layers[index];
      if (layer?.protocol === "udp" && layer.stream >= 0) this.#note(layer, time);
    }
  }

  #note(layer: Layer, time: bigint): void {
    const known = this.#times.get(layer.stream);
    if (!known && this.#times.size >= conversationCountMax) return;
    const times = known ?? { first: time, last: time };
    if (!known) this.#times.set(layer.stream, times);
    (layer.notes ??= []).push(
      { field: "udp.time_relative", value: time - times.first },
      { field: "udp.time_delta", value: time - times.last },
    );
    times.last = time;
  }
}

/** Fields that the tracker notes. */
export const udpFactFields: Fields = {
  "udp.time_relative": {
    type: "relativeTime",
    description: "since the conversation's first frame",
  },
  "udp.time_delta": { type: "relativeTime", description: "since the conversation's frame before" },
};
