import { BarChart, LineChart, TreemapChart } from "echarts/charts";
import {
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
  LineChart,
  TreemapChart,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  CanvasRenderer,
]);

/** Draws into the element, and again when its size or the theme changes; gives how to end it. */
export function draw(element: HTMLElement, makeOption: () => EChartsCoreOption): () => void {
  const chart = init(element);
  const show = (): void => {
    chart.setOption(makeOption(), true);
  };
  show();
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
