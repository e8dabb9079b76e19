import type { TimeSeries } from "../inspection.ts";

/** Buckets of a series; when time runs past the last one, two become one. */
const bucketCountMax = 240;
const initialBucketMilliseconds = 1;
const nanosecondsPerMillisecond = 1e6;

/** What a packet is counted as. */
export const family = { tcp: 0, udp: 1, icmp: 2, otherIp: 3, nonIp: 4 } as const;
const familyNames = ["tcp", "udp", "icmp", "otherIp", "nonIp"] as const;
const familyCount = familyNames.length;

/** Which way a packet goes, seen from the capture's home address. */
export const direction = { sent: 0, received: 1, other: 2 } as const;
const directionNames = ["sent", "received", "other"] as const;
const directionCount = directionNames.length;

const cellCount = familyCount * directionCount * 2;

/** Packets and bytes over time by family and direction; the bucket width adapts, the memory does not. */
export class Series {
  readonly #cells = new Float64Array(bucketCountMax * cellCount);
  #bucketMilliseconds = initialBucketMilliseconds;
  #count = 0;
  #bucket = 0;
  /** Nanoseconds at which the bucket of the last packet begins and ends; none at first. */
  readonly #bounds = new Float64Array(2);

  /**
   * Counts a packet of `bytes`; `kind` is a family, `way` a direction. The time is nanoseconds after the first
   * packet, in an array of one, where it is not boxed; earlier than the first counts as the first.
   */
  add(time: Float64Array, kind: number, way: number, bytes: number): void {
    const nanoseconds = time[0] ?? 0;
    const bounds = this.#bounds;
    if (!(nanoseconds >= (bounds[0] ?? 0) && nanoseconds < (bounds[1] ?? 0)))
      this.#move(Math.floor(nanoseconds / nanosecondsPerMillisecond));
    const at = this.#bucket * cellCount + (kind * directionCount + way) * 2;
    this.#cells[at] = (this.#cells[at] ?? 0) + 1;
    this.#cells[at + 1] = (this.#cells[at + 1] ?? 0) + bytes;
  }

  /** Goes to the bucket of a time, which is most often that of the packet before. */
  #move(milliseconds: number): void {
    let bucket = Math.max(0, Math.floor(milliseconds / this.#bucketMilliseconds));
    while (bucket >= bucketCountMax) {
      this.#halve();
      bucket = Math.max(0, Math.floor(milliseconds / this.#bucketMilliseconds));
    }
    if (bucket >= this.#count) this.#count = bucket + 1;
    this.#bucket = bucket;
    const start = bucket * this.#bucketMilliseconds * nanosecondsPerMillisecond;
    this.#bounds[0] = start;
    this.#bounds[1] = start + this.#bucketMilliseconds * nanosecondsPerMillisecond;
  }

  /** Families without a packet are left out. */
  result(home: string | null): TimeSeries {
    const families = familyNames.flatMap((name, kind) => {
      const found = directionNames.map((_, way) => this.#column(kind, way));
      if (found.every(({ packets }) => packets.every((count) => count === 0))) return [];
      const [sent, received, other] = found;
      return sent && received && other ? [{ family: name, sent, received, other }] : [];
    });
    return {
      bucketNanoseconds: String(this.#bucketMilliseconds * nanosecondsPerMillisecond),
      bucketCount: this.#count,
      home,
      families,
    };
  }

  #column(kind: number, way: number): { packets: number[]; bytes: number[] } {
    const at = (bucket: number, offset: number): number =>
      this.#cells[bucket * cellCount + (kind * directionCount + way) * 2 + offset] ?? 0;
    const buckets = Array.from({ length: this.#count }, (_, bucket) => bucket);
    return {
      packets: buckets.map((bucket) => at(bucket, 0)),
      bytes: buckets.map((bucket) => at(bucket, 1)),
    };
  }

  #halve(): void {
    this.#bucketMilliseconds *= 2;
    for (let bucket = 0; bucket < bucketCountMax; bucket++) {
      const into = (bucket >> 1) * cellCount;
      for (let cell = 0; cell < cellCount; cell++) {
        const value = this.#cells[bucket * cellCount + cell] ?? 0;
        this.#cells[bucket * cellCount + cell] = 0;
        this.#cells[into + cell] = (this.#cells[into + cell] ?? 0) + value;
      }
    }
    this.#count = (this.#count + 1) >> 1;
  }
}
