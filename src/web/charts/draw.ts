import {
  BarChart,
  GraphChart,
  LineChart,
  LinesChart,
  PieChart,
  ScatterChart,
  TreemapChart,
} from "echarts/charts";
import {
  GeoComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart,
  GraphChart,
  LineChart,
  LinesChart,
  PieChart,
  ScatterChart,
  TreemapChart,
  GeoComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  CanvasRenderer,
]);

/** Only after `use` above does a map that is registered become known. */
export { registerMap } from "echarts/core";

export interface Drawing {
  makeOption: () => EChartsCoreOption;
  onPress: (name: string) => void;
}

/** What is drawn may carry a key of its own, where a name would not tell it from others. */
const keyOf = (data: unknown): string | null =>
  typeof data === "object" && data !== null && "key" in data && typeof data.key === "string"
    ? data.key
    : null;

/** Draws into the element, and again when its size or the theme changes; gives how to end it. */
export function draw(element: HTMLElement, { makeOption, onPress }: Drawing): () => void {
  const chart = init(element);
  const show = (): void => {
    chart.setOption(makeOption(), true);
  };
  show();
  chart.on("click", ({ name, data }) => onPress(keyOf(data) ?? name));
  const sizes = new ResizeObserver(() => chart.resize());
  sizes.observe(element);
  const themes = new MutationObserver(show);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    sizes.disconnect();
    themes.disconnect();
    chart.dispose();
  };
}
