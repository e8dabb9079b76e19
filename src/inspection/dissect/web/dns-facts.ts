// What of a DNS message only the other side's says: which frame answers it, and when.
import { uint16 } from "../../file/bytes.ts";
import type { Fields } from "../field.ts";
import type { Frame, Layer } from "../frame.ts";

/** Queries that wait for their answer; the oldest give way. */
const queryCountMax = 100_000;

/** A query that comes again later than this is a new one. */
const repetitionNanosecondsMax = 5_000_000_000n;

interface Query {
  frame: number;
  time: bigint;
  isAnswered: boolean;
}

/** Frames of answers by frames of queries, as far as one pass knew them. */
export type DnsOutcomes = ReadonlyMap<number, number>;

/** Pairs queries with answers by their conversation and number. */
export class DnsFactsTracker {
  readonly #queries = new Map<string, Query>();
  readonly #answers = new Map<number, number>();
  readonly #outcomes: DnsOutcomes | null;

  constructor(outcomes: DnsOutcomes | null) {
    this.#outcomes = outcomes;
  }

  get outcomes(): DnsOutcomes {
    return this.#answers;
  }

  add(frame: Frame, time: bigint): void {
    for (let index = 0; index < frame.depth; index++) {
      const layer = frame.layers[index];
      const isMessage = layer?.protocol === "dns" && layer.start >= 0;
      if (isMessage && layer.start + 4 <= layer.end) this.#note(frame, layer, time);
    }
  }

  #note(frame: Frame, layer: Layer, time: bigint): void {
    const key = `${frame.tcpStream} ${frame.udpStream} ${uint16(layer.bytes, layer.start)}`;
    const isResponse = ((layer.bytes[layer.start + 2] ?? 0) & 0x80) !== 0;
    const query = this.#queries.get(key);
    if (isResponse) {
      if (query) this.#answer(frame, layer, query, time);
      return;
    }
    const isLate = query && time - query.time > repetitionNanosecondsMax;
    if (!query || query.isAnswered || isLate) this.#ask(key, frame.number, time);
    const answer = this.#outcomes?.get(frame.number);
    if (answer !== undefined) noteIn(layer, "dns.response_in", answer);
  }

  #ask(key: string, frame: number, time: bigint): void {
    this.#queries.delete(key);
    this.#queries.set(key, { frame, time, isAnswered: false });
    if (this.#queries.size <= queryCountMax) return;
    for (const oldest of this.#queries.keys()) {
      this.#queries.delete(oldest);
      return;
    }
  }

  #answer({ number }: Frame, layer: Layer, query: Query, time: bigint): void {
    if (query.isAnswered) return;
    query.isAnswered = true;
    if (this.#answers.size < queryCountMax) this.#answers.set(query.frame, number);
    noteIn(layer, "dns.response_to", query.frame);
    noteIn(layer, "dns.time", time - query.time);
  }
}

function noteIn(layer: Layer, field: string, value: number | bigint): void {
  (layer.notes ??= []).push({ field, value });
}

/** Fields that the tracker notes. */
export const dnsFactFields: Fields = {
  "dns.response_in": { type: "uint32", description: "frame that answers" },
  "dns.response_to": { type: "uint32", description: "frame that is answered" },
  "dns.time": { type: "relativeTime", description: "time from the query to the answer" },
};
