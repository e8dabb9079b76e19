import { sum, type FlowChange } from "./flow-changes.ts";
import { amountOf, weightOf, type MetricShape, type Pair } from "./metrics.ts";

/** Groups of one kind; what comes later is added up as one. */
const groupCountMax = 100_000;

/** What belongs together, and one flow that stands for it. */
export interface Group {
  /** By place of `sum`. */
  before: number[];
  after: number[];
  flows: number;
  /** Milliseconds after the moment: the first packet of any of its flows. */
  first: number;
  /** Of the flow in it that did most after. */
  sample: FlowSample;
  sampleAmount: number;
}

/** A flow's ends; keys as `FlowReader.text` takes them. */
export interface FlowSample {
  transport: FlowChange["transport"];
  number: number;
  local: number;
  localPort: number;
  remote: number;
  remotePort: number;
  isOutbound: boolean;
  serverPort: number;
  protocol: string | null;
  firstFrame: number;
  first: number;
  last: number;
}

/** Flows by a key of theirs. */
export class Groups<Key> {
  readonly all = new Map<Key, Group>();
  /** Flows that found no room. */
  overflow = 0;
  readonly #shape: MetricShape;
  /** Places of `sum` that are added up. */
  readonly #places: readonly number[];

  /** All that flows did is added up where `isWhole`; otherwise the metric alone, which takes less time. */
  constructor(shape: MetricShape, isWhole: boolean) {
    this.#shape = shape;
    const own = shape.per === null ? shape.sums : [...shape.sums, shape.per];
    this.#places = isWhole ? Object.values(sum) : own;
  }

  add(key: Key, flow: FlowChange): void {
    const group = this.all.get(key) ?? this.#open(key, flow);
    if (!group) {
      this.overflow++;
      return;
    }
    for (const at of this.#places) {
      group.before[at] = (group.before[at] ?? 0) + (flow.before[at] ?? 0);
      group.after[at] = (group.after[at] ?? 0) + (flow.after[at] ?? 0);
    }
    group.flows++;
    group.first = Math.min(group.first, flow.first);
    const amount = amountOf(this.#shape, flow.after);
    if (amount <= group.sampleAmount) return;
    group.sampleAmount = amount;
    group.sample = sampleOf(flow);
  }

  #open(key: Key, flow: FlowChange): Group | null {
    if (this.all.size >= groupCountMax) return null;
    const group = {
      before: noSums(),
      after: noSums(),
      flows: 0,
      first: flow.first,
      sample: sampleOf(flow),
      sampleAmount: 0,
    };
    this.all.set(key, group);
    return group;
  }
}

/** One for each place of `sum`; a flood has a hundred thousand groups, and typed arrays cost more to make. */
const noSums = (): number[] => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** What a group adds to a metric. */
export const pairOf = (
  { before, after }: { before: readonly number[]; after: readonly number[] },
  shape: MetricShape,
): Pair => ({
  before: amountOf(shape, before),
  after: amountOf(shape, after),
  weightBefore: weightOf(shape, before),
  weightAfter: weightOf(shape, after),
});

export const sampleOf = (flow: FlowChange): FlowSample => ({
  transport: flow.transport,
  number: flow.number,
  local: flow.local,
  localPort: flow.localPort,
  remote: flow.remote,
  remotePort: flow.remotePort,
  isOutbound: flow.isOutbound,
  serverPort: flow.serverPort,
  protocol: flow.protocol,
  firstFrame: flow.firstFrame,
  first: flow.first,
  last: flow.last,
});

const transports = { tcp: 0, udp: 1, other: 2 } as const;

/** One number for a peer, the way, the server's port and the transport. */
export const destinationKey = (flow: FlowChange): number =>
  ((flow.remote * 2 + (flow.isOutbound ? 1 : 0)) * 65_536 + flow.serverPort) * 3 +
  transports[flow.transport];

/** One number for a service: the server's port, where the server is, and the transport. */
export const portKey = (flow: FlowChange): number =>
  (flow.serverPort * 2 + (flow.isOutbound ? 1 : 0)) * 3 + transports[flow.transport];
