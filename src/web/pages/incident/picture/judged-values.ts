import type { ExpectedPoint } from "../../../charts/expected-band.ts";

type Point = [time: number, value: number | null];

/** What a rule that learns looked at, and what it expected at each look. */
export interface Judged {
  values: { unit: string; series: { name: string; points: Point[] }[] };
  band: ExpectedPoint[];
}

/** What of a preview is drawn. */
interface ToldPreview {
  from: string;
  to: string;
  stepSeconds: number;
  series: readonly { points: [number, number][] }[];
  threshold: readonly { points?: [number, number, number][] }[];
}

/** The values and ranges of a preview of one host and one condition; where nothing was measured the line ends. */
export function judgedOf(preview: ToldPreview, unit: string): Judged {
  const points = preview.series[0]?.points ?? [];
  const values = points.flatMap((point, at): [number, number | null][] => {
    const before = points[at - 1]?.[0] ?? point[0];
    return point[0] - before > gapMilliseconds(preview) ? [[before + 1, null], point] : [point];
  });
  return {
    values: { unit, series: values.length === 0 ? [] : [{ name: "", points: values }] },
    band: preview.threshold[0]?.points ?? [],
  };
}

/** Of a long time the highest and lowest of each stretch are told: some hundreds. */
const stretchCount = 400;

const gapMilliseconds = ({ from, to, stepSeconds }: ToldPreview): number =>
  Math.max(stepSeconds * 2_500, (Date.parse(to) - Date.parse(from)) / stretchCount);
