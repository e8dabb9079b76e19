import type { ChartColours } from "./colours.ts";

/** When, and between which values one was expected; milliseconds since the epoch. */
export type ExpectedPoint = readonly [time: number, low: number, high: number];

/** The range in which values were expected from moment to moment: two lines, and what lies between them filled. */
export function expectedBand(
  points: readonly ExpectedPoint[],
  { colours, name }: { colours: ChartColours; name: string },
): object[] {
  if (points.length === 0) return [];
  const shared = {
    type: "line",
    stack: "expected",
    // Both are on top of each other wherever zero is: what is expected may be below it.
    stackStrategy: "all",
    showSymbol: false,
    silent: true,
    lineStyle: { width: 1, color: colours.good, opacity: 0.7 },
    itemStyle: { color: colours.good },
  } as const;
  return [
    { ...shared, name: `${name} ↓`, data: points.map(([time, low]) => [time, low]) },
    {
      ...shared,
      name: `${name} ↑`,
      // Drawn is what is above the lower line; told is the bound itself.
      data: points.map(([time, low, high]) => [time, high - low, high]),
      encode: { x: 0, y: 1, tooltip: [2] },
      areaStyle: { color: colours.good, opacity: 0.14 },
    },
  ];
}
