import type { FlowChanges, FlowChange } from "./flow-changes.ts";
import { amountOf, growthOf, weightOf, type MetricShape, type Spans } from "./metrics.ts";
import { Groups, pairOf, type Group } from "./groups.ts";
import type { Series } from "./onset.ts";
import type { ChangeTimeLine } from "./change-answer.ts";

/** Bins of the series: twelve hours of tenths of a second. */
const binCountMax = 432_000;
/** Columns that a picture can show. */
const columnCountMax = 120;

/** The flows that count: where the metric is a time, those of one direction. */
export type Scope = boolean | null;

const isWanted = ({ isOutbound }: FlowChange, scope: Scope): boolean =>
  scope === null || isOutbound === scope;

/** The metric over time, in the collector's own slices. */
export function seriesOf(changes: FlowChanges, shape: MetricShape, scope: Scope): Series {
  const { collector } = changes;
  const { tcp, udp, other } = collector;
  const width = Math.max(
    tcp.log.sliceMilliseconds,
    udp.log.sliceMilliseconds,
    other.sliceMilliseconds,
  );
  const { from, moment } = collector.bounds;
  // What was recorded before the first packet is quiet, and not unknown.
  const first = from === null ? collector.first : Math.min(from - moment, collector.first);
  const firstBin = collector.packets > 0 ? Math.floor(first / width) : 0;
  const bins = collector.packets > 0 ? Math.floor(collector.last / width) - firstBin + 1 : 0;
  const count = Math.min(binCountMax, bins);
  const amounts = new Float64Array(Math.max(0, count));
  const weights = shape.per === null ? null : new Float64Array(amounts.length);
  changes.visit((time, flow) => {
    if (!isWanted(flow, scope)) return;
    const bin = Math.floor(time / width) - firstBin;
    if (bin < 0 || bin >= amounts.length) return;
    amounts[bin] = (amounts[bin] ?? 0) + amountOf(shape, flow.after);
    if (weights) weights[bin] = (weights[bin] ?? 0) + weightOf(shape, flow.after);
  });
  return { from: firstBin * width, binMilliseconds: width, amounts, weights };
}

/** Whose times matter more: those of the servers that the host asks, or its own as a server. */
export function scopeOf(changes: FlowChanges, shape: MetricShape, spans: Spans): Scope {
  if (shape.per === null) return null;
  const ways = new Groups<boolean>(shape, false);
  for (const flow of changes.flows(0)) ways.add(flow.isOutbound, flow);
  const usual = meanBefore([...ways.all.values()], shape);
  const extra = (isOutbound: boolean): number => {
    const group = ways.all.get(isOutbound);
    return group ? growthOf(pairOf(group, shape), shape, { spans, usual }) : 0;
  };
  // What waits for a slow server answers slowly itself: the deeper of both is the cause.
  return extra(true) >= extra(false) / 2;
}

/** Of both ways: what one of them took that had nothing before is measured against it. */
function meanBefore(groups: readonly Group[], shape: MetricShape): number {
  const pairs = groups.map((group) => pairOf(group, shape));
  const weight = pairs.reduce((total, { weightBefore }) => total + weightBefore, 0);
  return weight > 0 ? pairs.reduce((total, { before }) => total + before, 0) / weight : 0;
}

export function timeLineOf(
  { from, binMilliseconds, amounts, weights }: Series,
  moment: number,
): ChangeTimeLine {
  const step = Math.max(1, Math.ceil(amounts.length / columnCountMax));
  const columnMilliseconds = binMilliseconds * step;
  const values: number[] = [];
  for (let bin = 0; bin < amounts.length; bin += step) {
    let [amount, weight] = [0, 0];
    for (let at = bin; at < Math.min(amounts.length, bin + step); at++) {
      amount += amounts[at] ?? 0;
      weight += weights?.[at] ?? 0;
    }
    const by = weights ? weight : columnMilliseconds / 1_000;
    values.push(by > 0 ? Math.round((amount / by) * 1_000) / 1_000 : 0);
  }
  return { from: Math.round(moment + from), columnMilliseconds, values };
}
