import type { ChartColours } from "./colours.ts";

/** Space around the plot, in pixels. */
export const plotSpace = { left: 62, right: 14, top: 14, bottom: 28 };

/** Tooltips are drawn on the canvas: the page's policy lets no markup of a library carry styles. */
export const tooltip = ({ surface, line, ink }: ChartColours): object => ({
  renderMode: "richText",
  backgroundColor: surface,
  borderColor: line,
  textStyle: { color: ink, fontSize: 12 },
});

export const axis = ({ faint, line }: ChartColours): object => ({
  axisLabel: { color: faint, fontSize: 11, hideOverlap: true },
  axisLine: { lineStyle: { color: line } },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: line } },
});
