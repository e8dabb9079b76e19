import type { EChartsCoreOption } from "echarts/core";
import { useEffect, useRef } from "react";
import css from "./chart.module.css";

/** What a chart is drawn from: given the colours of the theme, so that it is drawn anew when that changes. */
export type ChartOption = (colours: ChartColours) => EChartsCoreOption;

export interface ChartColours {
  ink: string;
  soft: string;
  faint: string;
  line: string;
  surface: string;
  lamp: string;
  signal: string;
  bad: string;
  good: string;
}

/**
 * A chart with its words for those who do not see it. The library is loaded with the first of them.
 * `option` is drawn anew when it is another function.
 */
export function Chart({
  option,
  label,
  height = 220,
}: {
  option: ChartOption;
  label: string;
  height?: number;
}): React.ReactNode {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const drawn = new AbortController();
    void drawIn(element, () => option(readColours()), drawn.signal);
    return () => drawn.abort();
  }, [option]);
  return (
    <div ref={place} className={css["chart"]} style={{ height }} role="img" aria-label={label} />
  );
}

async function drawIn(
  element: HTMLElement,
  makeOption: () => EChartsCoreOption,
  signal: AbortSignal,
): Promise<void> {
  const { draw } = await import("./draw.ts");
  if (signal.aborted) return;
  signal.addEventListener("abort", draw(element, makeOption));
}

function readColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"),
    soft: colour("ink-soft"),
    faint: colour("ink-faint"),
    line: colour("line"),
    surface: colour("surface"),
    lamp: colour("lamp"),
    signal: colour("signal"),
    bad: colour("bad"),
    good: colour("good"),
  };
}
