import type { TimedAggregate } from "./aggregate.ts";
import type { MeasurementSource } from "./query.ts";

const minuteSeconds = 60;
/** Minutes that are read at once. */
const blockMinutes = 360;
const blockSeconds = blockMinutes * minuteSeconds;
/** Blocks that are held, of about 25 kB each; the one that was read first goes first. */
const blockCountMax = 1_024;

type Block = readonly (TimedAggregate | undefined)[];

/**
 * The same measurements, read in long stretches: for somebody who asks for one window after the other. Windows that do
 * not begin and end with a minute are asked for one by one.
 */
export function holdMeasurements(source: MeasurementSource): MeasurementSource {
  const names = new Map<string, string[]>();
  const blocks = new Map<string, Block>();
  const blockOf = (hostId: string, series: string, index: number): Block => {
    const key = `${index}|${hostId}|${series}`;
    let block = blocks.get(key);
    if (!block) {
      block = readBlock(source, { hostId, series, from: index * blockSeconds });
      const [oldest] = blocks.size >= blockCountMax ? blocks.keys() : [];
      if (oldest !== undefined) blocks.delete(oldest);
      blocks.set(key, block);
    }
    return block;
  };
  return {
    series(hostId) {
      let found = names.get(hostId);
      if (!found) names.set(hostId, (found = source.series(hostId)));
      return found;
    },
    query: (...window) => source.query(...window),
    history: (...range) => source.history(...range),
    aggregates(hostId, series, from, to) {
      if (from % minuteSeconds !== 0 || to % minuteSeconds !== 0) {
        return source.aggregates(hostId, series, from, to);
      }
      const found: TimedAggregate[] = [];
      for (let index = Math.floor(from / blockSeconds); index * blockSeconds < to; index++) {
        const start = index * blockSeconds;
        const first = Math.max(0, (from - start) / minuteSeconds);
        const last = Math.min(blockMinutes, (to - start) / minuteSeconds);
        const block = blockOf(hostId, series, index);
        for (let minute = first; minute < last; minute++) {
          const aggregate = block[minute];
          if (aggregate) found.push(aggregate);
        }
      }
      return found;
    },
  };
}

function readBlock(
  source: MeasurementSource,
  { hostId, series, from }: { hostId: string; series: string; from: number },
): Block {
  const block = Array.from<TimedAggregate | undefined>({ length: blockMinutes });
  for (const aggregate of source.aggregates(hostId, series, from, from + blockSeconds)) {
    block[Math.floor((aggregate.second - from) / minuteSeconds)] = aggregate;
  }
  return block;
}
