import { DurationSample } from "../analysis/duration-sample.ts";
import { TopList } from "../analysis/top-list.ts";
import { DistinctCounts, type Example } from "./distinct-counts.ts";

/** Streams named of each kind. */
const namedCountMax = 20;
const slowestCountMax = 1_000;

/** A TCP stream as the digest takes it; addresses are keys that `Digest` can turn into text. */
export interface StreamView {
  stream: number;
  a: number | string;
  b: number | string;
  bPort: number;
  framesAToB: number;
  framesBToA: number;
  /** `tcp.completeness`; null where it is not known. */
  completeness: number | null;
  /** Nanoseconds; null where it was not measured. */
  initialRtt: number | null;
  synAckRtt: number | null;
  firstFrame: number | null;
  /** True when its last packet is so late that an answer may still have come. */
  isPending: boolean;
}

export interface NamedStream {
  stream: number;
  frame: number | null;
  to: string;
  port: number;
}

export interface SlowStream extends NamedStream {
  nanoseconds: number;
  /** Streams to the same peer that were measured. */
  measuredOfPeer: number;
}

/** Streams of one kind: how many, which ones first, and the end that most of them were for. */
export interface StreamGroup {
  count: number;
  /** Streams that were judged. */
  of: number;
  named: NamedStream[];
  targetCount: number;
  mostTarget: { to: string; port: number; count: number } | null;
}

/** What findings need of all TCP streams, bounded however many there are. */
export interface StreamDigest {
  count: number;
  measured: number;
  medianNanoseconds: number | null;
  /** Slowest first, at most a thousand. */
  slowest: SlowStream[];
  /** Needed more than one SYN; the worst first. */
  repeatedSyn: { count: number; slowest: SlowStream[] };
  refused: StreamGroup;
  unanswered: StreamGroup;
  halfOpen: StreamGroup;
  oneWay: StreamGroup;
}

export interface DigestOptions {
  text: (key: number | string) => string;
  /** Sources whose failed connections are a scan's, and not counted here. */
  isScanner: (key: number | string) => boolean;
  /** A longer difference between the first SYN's and the last SYN's answer is a repeated SYN. */
  synRepeatNanosecondsMin: number;
}

/** Bits of `tcp.completeness`. */
const bits = { syn: 1, synAck: 2, ack: 4, data: 8, fin: 16, rst: 32 } as const;

/** Looks at every stream once. */
export function digestStreams(streams: Iterable<StreamView>, options: DigestOptions): StreamDigest {
  const { text } = options;
  const rtts = new RttDigest();
  const repeated = new TopList<StreamView & { nanoseconds: number }>(namedCountMax);
  let repeatedCount = 0;
  let count = 0;
  const groups = {
    refused: new Group(isRefused),
    unanswered: new Group(isUnanswered),
    halfOpen: new Group(isHalfOpen),
    oneWay: new Group(isOneWay),
  };
  const allGroups = Object.values(groups);
  for (const stream of streams) {
    count++;
    rtts.add(stream);
    const { initialRtt, synAckRtt } = stream;
    if (
      initialRtt !== null &&
      synAckRtt !== null &&
      synAckRtt - initialRtt >= options.synRepeatNanosecondsMin
    ) {
      repeatedCount++;
      repeated.offer(synAckRtt, () => ({ ...stream, nanoseconds: synAckRtt }));
    }
    for (const group of allGroups) group.add(stream, options);
  }
  return {
    count,
    ...rtts.result(text),
    repeatedSyn: {
      count: repeatedCount,
      slowest: repeated.result().map((stream) => slowStream(stream, text, 1)),
    },
    refused: groups.refused.result(text),
    unanswered: groups.unanswered.result(text),
    halfOpen: groups.halfOpen.result(text),
    oneWay: groups.oneWay.result(text),
  };
}

const named = (
  { stream, firstFrame, b, bPort }: Example,
  text: DigestOptions["text"],
): NamedStream => ({ stream, frame: firstFrame, to: text(b), port: bPort });

const slowStream = (
  stream: StreamView & { nanoseconds: number },
  text: DigestOptions["text"],
  measuredOfPeer: number,
): SlowStream => ({
  ...named(stream, text),
  nanoseconds: stream.nanoseconds,
  measuredOfPeer,
});

class RttDigest {
  readonly #sample = new DurationSample();
  readonly #slowest = new TopList<StreamView & { nanoseconds: number }>(slowestCountMax);
  readonly #peers = new DistinctCounts();

  add(stream: StreamView): void {
    const nanoseconds = stream.initialRtt;
    if (nanoseconds === null || nanoseconds <= 0) return;
    this.#sample.add(nanoseconds);
    this.#peers.add(stream.b);
    this.#slowest.offer(nanoseconds, () => ({ ...stream, nanoseconds }));
  }

  result(
    text: DigestOptions["text"],
  ): Pick<StreamDigest, "measured" | "medianNanoseconds" | "slowest"> {
    return {
      measured: this.#sample.count,
      medianNanoseconds: this.#sample.percentile(0.5),
      slowest: this.#slowest
        .result()
        .map((stream) => slowStream(stream, text, this.#peers.count(stream.b))),
    };
  }
}

class Group {
  readonly #belongs: (stream: StreamView) => boolean;
  readonly #targets = new DistinctCounts();
  readonly #named: StreamView[] = [];
  #count = 0;
  #of = 0;

  constructor(belongs: (stream: StreamView) => boolean) {
    this.#belongs = belongs;
  }

  add(stream: StreamView, { isScanner }: DigestOptions): void {
    this.#of++;
    if (!this.#belongs(stream)) return;
    if (isScanner(stream.a)) {
      this.#of--;
      return;
    }
    this.#count++;
    this.#targets.add(targetKey(stream), stream);
    if (this.#named.length < namedCountMax) this.#named.push({ ...stream });
  }

  result(text: DigestOptions["text"]): StreamGroup {
    const most = this.#targets.most();
    return {
      count: this.#count,
      of: this.#of,
      named: this.#named.map((stream) => named(stream, text)),
      targetCount: this.#targets.distinct,
      mostTarget: most && { ...named(most.example, text), count: most.count },
    };
  }
}

/** The other end, as a number where its address is one. */
const targetKey = ({ b, bPort }: StreamView): number | string =>
  typeof b === "number" ? b * 65_536 + bPort : `${b} ${bPort}`;

/** Whether a stream shows all of `wanted` and none of `without`; unknown without its completeness. */
const shows = ({ completeness }: StreamView, wanted: number, without: number): boolean =>
  completeness !== null && (completeness & wanted) === wanted && (completeness & without) === 0;

const isRefused = (stream: StreamView): boolean =>
  stream.framesBToA > 0 && shows(stream, bits.syn | bits.rst, bits.synAck | bits.data);

/** What was asked at the very end may still be answered. */
const isUnanswered = (stream: StreamView): boolean =>
  !stream.isPending && stream.framesBToA === 0 && shows(stream, bits.syn, bits.synAck | bits.data);

const isHalfOpen = (stream: StreamView): boolean =>
  !stream.isPending &&
  shows(stream, bits.syn | bits.synAck, bits.ack | bits.data | bits.rst | bits.fin);

/** Without an answer, and no SYN explains it: half of the conversation is missing. */
const isOneWay = (stream: StreamView): boolean =>
  stream.framesAToB > 0 && stream.framesBToA === 0 && !shows(stream, bits.syn, bits.data);
