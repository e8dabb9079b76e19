import { FlowReader } from "../analysis/flow-reader.ts";
import { defaultPolicy } from "../findings/policy.ts";
import type { ChangeAnswer, ChangePart, ChangePeriod } from "./change-answer.ts";
import type { ChangeCollector } from "./change-collector.ts";
import type { ChangeOptions } from "./change-options.ts";
import { caveatsOf } from "./caveats.ts";
import { scopeOf, seriesOf, timeLineOf, type Scope } from "./compare.ts";
import { comparisonsOf, knownFrom } from "./baselines.ts";
import { seenBefore } from "./seen-before.ts";
import { domainUses } from "./domain-uses.ts";
import { FlowChanges, type FlowChange } from "./flow-changes.ts";
import { destinationKey, Groups, pairOf, portKey } from "./groups.ts";
import { judge } from "./judge.ts";
import { foundEnds, knownEnds, type LocalEnds } from "./local-ends.ts";
import {
  metricShapes,
  valuesOf,
  weightOf,
  amountOf,
  type MetricShape,
  type Spans,
} from "./metrics.ts";
import { findOnset } from "./onset.ts";
import { createOwners, type Owners } from "./owners.ts";
import {
  countryPart,
  destinationText,
  grownOf,
  inScope,
  partOf,
  portText,
  protocolText,
  rounded,
  type Measure,
} from "./parts.ts";
import type { Scene } from "./scene.ts";
import { sentenceOf } from "./sentence.ts";
import { Tallies } from "./tallies.ts";
import { beforeMillisecondsMin } from "./thresholds.ts";

/** A packet alone takes no time, and nothing can be divided by that. */
const afterMillisecondsMin = 100;

/** Where before and after lie, milliseconds after the moment. */
interface Cut {
  from: number;
  split: number;
  to: number;
  onset: number | null;
  hasBefore: boolean;
}

/** What was collected, as an answer. */
export function explain(collector: ChangeCollector, options: ChangeOptions): ChangeAnswer {
  const { analyses } = collector;
  const shape = metricShapes[options.metric];
  const reader = new FlowReader(analyses);
  const ends = endsOf(reader, options, analyses.traffic.series(analyses.addresses).home);
  const changes = new FlowChanges(collector, reader, ends);
  const scope = scopeOf(changes, shape, spansOf(cutAt(collector, null)));
  const series = seriesOf(changes, shape, scope);
  const cut = cutAt(collector, findOnset(series));
  const sums = new Sums(changes, { options, cut, shape, scope });
  const { scene, overall, usual, parts } = sums.read();
  const verdict = judge({ scene, changes, overall, scope, usual });
  const periods = periodsOf(cut, shape, { overall, moment: options.moment });
  const { before, after } = periods;
  const comparisons = comparisonsOf(options);
  const told = {
    kind: verdict.kind,
    confidence: verdict.confidence,
    metric: options.metric,
    unit: shape.unit,
    moment: options.moment,
    onset: cut.onset === null ? null : Math.round(options.moment + cut.onset),
    before,
    after,
    increase: before && rounded(after.value - before.value),
    explained: rounded(verdict.explained),
    parts,
    timeLine: timeLineOf(series, options.moment),
    comparisons,
    evidence: verdict.evidence,
    caveats: caveatsOf({
      collector,
      ends,
      owners: sums.owners,
      hasBefore: cut.hasBefore,
      hasForeign: changes.foreign > 0,
    }),
  };
  return {
    ...told,
    sentence: sentenceOf({ ...told, title: verdict.title, says: verdict.says }, options),
  };
}

/** Those that were told, unless none of them is in the capture: then another host recorded it. */
function endsOf(
  reader: FlowReader,
  { localAddresses = [] }: ChangeOptions,
  home: string | null,
): LocalEnds {
  const known = knownEnds(localAddresses, reader);
  if (localAddresses.length > 0)
    for (const { a, b } of reader.flows()) if (known.isLocal(a) || known.isLocal(b)) return known;
  return foundEnds(reader, home);
}

function cutAt({ first, last, bounds, packets }: ChangeCollector, onset: number | null): Cut {
  const { moment } = bounds;
  const split = onset ?? 0;
  const from = bounds.from === null ? Math.min(first, split) : bounds.from - moment;
  const to = bounds.to === null ? last : bounds.to - moment;
  const hasBefore = packets > 0 && split - from >= beforeMillisecondsMin;
  return { from, split, to: Math.max(to, split + afterMillisecondsMin), onset, hasBefore };
}

const spansOf = ({ from, split, to, hasBefore }: Cut): Spans => ({
  before: hasBefore ? (split - from) / 1_000 : 0,
  after: (to - split) / 1_000,
});

interface Overall {
  before: readonly number[];
  after: readonly number[];
}

function periodsOf(
  cut: Cut,
  shape: MetricShape,
  { overall, moment }: { overall: Overall; moment: number },
): { before: ChangePeriod | null; after: ChangePeriod } {
  const spans = spansOf(cut);
  const values = valuesOf(pairOf(overall, shape), shape, spans);
  const period = (
    part: readonly number[],
    { from, to, seconds, value }: Omit<ChangePeriod, "total">,
  ): ChangePeriod => ({
    from: Math.round(moment + from),
    to: Math.round(moment + to),
    seconds,
    total: shape.per === null ? amountOf(shape, part) : weightOf(shape, part),
    value: rounded(value),
  });
  const { from, split, to, hasBefore } = cut;
  return {
    before: hasBefore
      ? period(overall.before, { from, to: split, seconds: spans.before, value: values.before })
      : null,
    after: period(overall.after, { from: split, to, seconds: spans.after, value: values.after }),
  };
}

interface SumsOptions {
  options: ChangeOptions;
  cut: Cut;
  shape: MetricShape;
  scope: Scope;
}

/** Adds up all flows, by all that they are told by. */
class Sums {
  readonly owners: Owners;
  readonly #changes: FlowChanges;
  readonly #options: ChangeOptions;
  readonly #cut: Cut;
  readonly #shape: MetricShape;
  readonly #scope: Scope;
  readonly #tallies = new Tallies();
  readonly #ways: Groups<boolean>;
  readonly #destinations: Groups<number>;
  readonly #ports: Groups<number>;
  readonly #protocols: Groups<string>;
  readonly #processes: Groups<string>;
  readonly #sources: Groups<number>;

  constructor(changes: FlowChanges, { options, cut, shape, scope }: SumsOptions) {
    this.#changes = changes;
    this.#options = options;
    this.#cut = cut;
    this.#shape = shape;
    this.#scope = scope;
    this.owners = createOwners(options.owners ?? null, changes, options.moment);
    this.#ways = new Groups(shape, true);
    this.#destinations = new Groups(shape, true);
    this.#ports = new Groups(shape, false);
    this.#protocols = new Groups(shape, false);
    this.#processes = new Groups(shape, false);
    this.#sources = new Groups(shape, false);
  }

  read(): { scene: Scene; overall: Overall; usual: number | null; parts: ChangePart[] } {
    for (const flow of this.#changes.flows(this.#cut.split)) this.#add(flow);
    const overall = this.#overall(this.#scope);
    const usual = this.#usual(overall);
    const measure = this.#measure(overall, usual);
    const destinations = grownOf(inScope(this.#destinations, this.#scope), {
      ...measure,
      known: knownFrom(this.#options, { text: (key) => this.#changes.text(key), cut: this.#cut }),
    });
    const scene = this.#scene(measure, destinations);
    return { scene, overall, usual, parts: this.#parts(scene, measure) };
  }

  #add(flow: FlowChange): void {
    this.#tallies.add(flow);
    this.#ways.add(flow.isOutbound, flow);
    this.#destinations.add(destinationKey(flow), flow);
    this.#ports.add(portKey(flow), flow);
    const way = flow.isOutbound ? "out" : "in";
    this.#protocols.add(`${way} ${flow.protocol ?? flow.transport}`, flow);
    this.#sources.add(flow.local, flow);
    if (amountOf(this.#shape, flow.after) > 0 && this.owners.areKnown)
      this.#processes.add(`${way} ${this.owners.keyOf(flow)}`, flow);
  }

  #overall(scope: Scope): Overall {
    const groups = [...inScope(this.#ways, scope)];
    const total = (part: "before" | "after"): number[] =>
      Array.from(groups[0]?.[part] ?? [], (_, at) =>
        groups.reduce((all, group) => all + (group[part][at] ?? 0), 0),
      );
    return { before: total("before"), after: total("after") };
  }

  /** What was usual before; of a mean that had nothing in its direction, that of both. Null when there was no before. */
  #usual(overall: Overall): number | null {
    if (!this.#cut.hasBefore) return null;
    const spans = spansOf(this.#cut);
    const isAnswered = this.#shape.per === null || weightOf(this.#shape, overall.before) > 0;
    const told = isAnswered ? overall : this.#overall(null);
    if (this.#shape.per !== null && weightOf(this.#shape, told.before) === 0) return null;
    return valuesOf(pairOf(told, this.#shape), this.#shape, spans).before;
  }

  #measure(overall: Overall, usual: number | null): Measure {
    const spans = spansOf(this.#cut);
    const { after } = valuesOf(pairOf(overall, this.#shape), this.#shape, spans);
    const known = usual ?? 0;
    return { shape: this.#shape, spans, usual: known, increase: Math.max(0, after - known) };
  }

  #scene({ spans, shape }: Measure, destinations: Scene["destinations"]): Scene {
    const { collector } = this.#changes;
    const { facts, history, policy = defaultPolicy, metric, moment } = this.#options;
    return {
      metric,
      moment,
      shape,
      spans,
      split: this.#cut.split,
      tallies: this.#tallies,
      ...domainUses(collector.dns, this.#cut.split),
      destinations,
      servers: () => this.#destinations.all.values(),
      policy,
      localAddresses: this.#changes.ends.addresses,
      text: (key) => this.#changes.text(key),
      nameOf: (address) => collector.names.nameOf(address),
      factsOf: (address) => facts?.(address) ?? null,
      ownerOf: (sample) => this.owners.ownerOf(sample),
      seenBefore: (address) => seenBefore(history, address),
    };
  }

  #parts(scene: Scene, measure: Measure): ChangePart[] {
    const grown = <Key>(groups: Groups<Key>): Scene["destinations"] =>
      grownOf(inScope(groups, this.#scope), measure);
    const sources = grown(this.#sources);
    const country = countryPart(scene.destinations, scene);
    return [
      partOf("destination", scene.destinations, {
        scene,
        name: (group) => destinationText(group, scene),
      }),
      partOf("port", grown(this.#ports), { scene, name: portText }),
      partOf("protocol", grown(this.#protocols), { scene, name: protocolText }),
      ...(this.owners.areKnown
        ? [
            partOf("process", grown(this.#processes), {
              scene,
              name: ({ sample }) => this.owners.textOf(sample),
            }),
          ]
        : []),
      ...(country ? [country] : []),
      ...(sources.length > 1
        ? [
            partOf("source", sources, {
              scene,
              name: ({ sample }) => ({ name: scene.text(sample.local), detail: "" }),
            }),
          ]
        : []),
    ];
  }
}
