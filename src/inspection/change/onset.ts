/** The metric by bins of equal width. */
export interface Series {
  /** Milliseconds after the moment at which the first bin begins. */
  from: number;
  binMilliseconds: number;
  amounts: Float64Array;
  /** What amounts are divided by; null where it is time. */
  weights: Float64Array | null;
}

/** The onset is looked for until so long after the moment: the alert comes after what it tells of. */
const afterMomentMillisecondsMax = 5_000;
/** Quiet time that must lie before it. */
const quietMillisecondsMin = 1_000;
/** Width of the bins in which it is looked for first: finer ones show bursts where there is a step. */
const coarseMilliseconds = 500;
/** Of the variance over time, so much is one step up; beneath it is noise with a chance maximum. */
const explainedVarianceMin = 0.1;
/** The step is at least so much. */
const stepFactorMin = 1.5;

/**
 * When the metric went up, milliseconds after the moment: the step that explains most of its variance (the
 * least-squares change point of one step). Null when no step stands out.
 */
export function findOnset(series: Series): number | null {
  const factor = Math.max(1, Math.round(coarseMilliseconds / series.binMilliseconds));
  const coarse = merged(series, factor);
  const found = bestStep(coarse, -Infinity, Infinity);
  if (!found || !found.isClear) return null;
  // The step's own bins are looked at once more, at full width.
  const near = coarse.binMilliseconds;
  return bestStep(series, found.at - near, found.at + near)?.at ?? found.at;
}

function merged(series: Series, factor: number): Series {
  if (factor === 1) return series;
  // Bins begin at multiples of their width, so that the moment stays between two of them.
  const width = series.binMilliseconds * factor;
  const from = Math.floor(series.from / width) * width;
  const lead = Math.round((series.from - from) / series.binMilliseconds);
  const count = Math.ceil((series.amounts.length + lead) / factor);
  const fold = (values: Float64Array): Float64Array => {
    const folded = new Float64Array(count);
    for (const [at, value] of values.entries()) {
      const bin = Math.floor((at + lead) / factor);
      folded[bin] = (folded[bin] ?? 0) + value;
    }
    return folded;
  };
  const { amounts, weights } = series;
  return {
    from,
    binMilliseconds: width,
    amounts: fold(amounts),
    weights: weights && fold(weights),
  };
}

interface Step {
  at: number;
  isClear: boolean;
}

/** The best step up between two moments. */
function bestStep(series: Series, earliest: number, latest: number): Step | null {
  const { amounts, weights, from, binMilliseconds } = series;
  const weight = (bin: number): number => (weights ? (weights[bin] ?? 0) : 1);
  let [allAmount, allWeight, squares] = [0, 0, 0];
  for (const [bin, amount] of amounts.entries()) {
    allAmount += amount;
    allWeight += weight(bin);
    if (weight(bin) > 0) squares += (amount * amount) / weight(bin);
  }
  const variance = squares - (allWeight > 0 ? (allAmount * allAmount) / allWeight : 0);
  let [amountBefore, weightBefore] = [0, 0];
  let best: (Step & { gain: number }) | null = null;
  for (let bin = 1; bin < amounts.length; bin++) {
    amountBefore += amounts[bin - 1] ?? 0;
    weightBefore += weight(bin - 1);
    const at = from + bin * binMilliseconds;
    const isAllowed =
      at >= Math.max(earliest, from + quietMillisecondsMin) &&
      at <= Math.min(latest, afterMomentMillisecondsMax);
    const weightAfter = allWeight - weightBefore;
    if (!isAllowed || weightBefore <= 0 || weightAfter <= 0) continue;
    const before = amountBefore / weightBefore;
    const after = (allAmount - amountBefore) / weightAfter;
    const gain = ((after - before) ** 2 * weightBefore * weightAfter) / allWeight;
    if (after <= before || (best && gain <= best.gain)) continue;
    const isClear = gain >= explainedVarianceMin * variance && after >= stepFactorMin * before;
    best = { at, gain, isClear };
  }
  return best;
}
