import type { LossBurst, SegmentSample, TcpHealth } from "../inspection.ts";
import { segmentFlag } from "./tcp-row.ts";
import { tcpFlag } from "./tcp-sequence.ts";
import { TopList } from "./top-list.ts";

/** Segments named of each kind. */
const sampleCountMax = 20;
/** Repeats this close together are one burst. */
const burstNanosecondsMax = 1_000_000_000;
const burstToldMax = 10;
const burstStreamCountMax = 20;

const repeats =
  segmentFlag.retransmission | segmentFlag.fastRetransmission | segmentFlag.spuriousRetransmission;
const watched = repeats | segmentFlag.outOfOrder | segmentFlag.zeroWindow;

/** A frame with a segment: the number of its stream, what the analysis said, and the header's flags. */
interface JudgedSegment {
  number: number;
  tcpStream: number;
  segmentFlags: number;
  tcpFlags: number;
}

function note(samples: SegmentSample[], { number, tcpStream }: JudgedSegment): void {
  if (samples.length < sampleCountMax) samples.push({ frame: number, stream: tcpStream });
}

/** Where the segments are that say that something is wrong: the first of each kind, and bursts of repeats. */
export class SegmentHealth {
  readonly #samples = {
    retransmissions: [] as SegmentSample[],
    outOfOrder: [] as SegmentSample[],
    zeroWindows: [] as SegmentSample[],
    resets: [] as SegmentSample[],
  };
  readonly #bursts = new TopList<LossBurst>(burstToldMax);
  #burst: LossBurst | null = null;

  /** True for segments that `add` wants to see; nearly all are none, and cost one comparison. */
  static wants(analysis: number, header: number): boolean {
    return (analysis & watched) !== 0 || (header & tcpFlag.rst) !== 0;
  }

  /** Looks at a segment, `elapsed` nanoseconds after the first packet. */
  add(segment: JudgedSegment, elapsed: number): void {
    const { tcpFlags, segmentFlags } = segment;
    if (tcpFlags & tcpFlag.rst) note(this.#samples.resets, segment);
    if (segmentFlags & segmentFlag.outOfOrder) note(this.#samples.outOfOrder, segment);
    if (segmentFlags & segmentFlag.zeroWindow) note(this.#samples.zeroWindows, segment);
    if ((segmentFlags & repeats) === 0) return;
    note(this.#samples.retransmissions, segment);
    this.#addRepeat(segment.number, segment.tcpStream, elapsed);
  }

  result(): TcpHealth {
    this.#endBurst();
    return { ...this.#samples, bursts: this.#bursts.result() };
  }

  #addRepeat(frame: number, stream: number, elapsed: number): void {
    const burst = this.#burst;
    if (!burst || elapsed - burst.afterNanoseconds > burstNanosecondsMax) {
      this.#endBurst();
      this.#burst = {
        afterNanoseconds: elapsed,
        count: 1,
        firstFrame: frame,
        lastFrame: frame,
        streams: [stream],
      };
      return;
    }
    burst.count++;
    burst.lastFrame = frame;
    if (burst.streams.length < burstStreamCountMax && !burst.streams.includes(stream))
      burst.streams.push(stream);
  }

  #endBurst(): void {
    const burst = this.#burst;
    if (burst) this.#bursts.offer(burst.count, () => burst);
    this.#burst = null;
  }
}
