import type { EChartsCoreOption } from "echarts/core";
import { useEffect, useRef } from "react";
import css from "./chart.module.css";
import type { ChartColours } from "./colours.ts";
import type { Drawing } from "./draw.ts";

export type { ChartColours };

/** What a chart is drawn from: given the colours of the theme, so that it is drawn anew when that changes. */
export type ChartOption = (colours: ChartColours) => EChartsCoreOption;

/**
 * A chart with its words for those who do not see it. The library is loaded with the first of them.
 * `option` is drawn anew when it is another function.
 */
export function Chart({
  option,
  label,
  height = 220,
  onPress,
  prepare,
}: {
  option: ChartOption;
  label: string;
  height?: number;
  /** Told the key of what was pressed, or its name; the same must be within reach of the keyboard elsewhere. */
  onPress?: (name: string) => void;
  /** What has to be loaded before it is drawn; the same function each time. */
  prepare?: () => Promise<void>;
}): React.ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const press = useRef(onPress);
  press.current = onPress;
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const drawn = new AbortController();
    const drawing = {
      makeOption: () => option(readColours()),
      onPress: (name: string) => press.current?.(name),
    };
    void drawIn(element, { drawing, prepare }, drawn.signal);
    return () => drawn.abort();
  }, [option, prepare]);
  return (
    <div ref={place} className={css["chart"]} style={{ height }} role="img" aria-label={label} />
  );
}

async function drawIn(
  element: HTMLElement,
  { drawing, prepare }: { drawing: Drawing; prepare: (() => Promise<void>) | undefined },
  signal: AbortSignal,
): Promise<void> {
  await prepare?.();
  const { draw } = await import("./draw.ts");
  if (signal.aborted) return;
  signal.addEventListener("abort", draw(element, drawing));
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
