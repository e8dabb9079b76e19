import { useCallback } from "react";
import { Chart, type ChartOption } from "../../../charts/chart.tsx";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../../words/moments.ts";
import type { ChartData } from "./chart-data.ts";
import { chartOption } from "./chart-option.ts";
import css from "./results.module.css";

/** The answer as a picture; the table beside it has the same for those who do not see it. */
export function ResultChart({ data }: { data: ChartData }): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const option: ChartOption = useCallback(
    (colours) => chartOption(data, colours, number),
    [data, number],
  );
  if (data.kind === "card") return <Cards data={data} />;
  const height = data.kind === "bar" ? barHeight(data) : 360;
  return (
    <div className={css["chart"]}>
      {data.title !== null && <h3>{data.title}</h3>}
      <Chart option={option} label={data.title ?? t("logs.chart")} height={height} />
      {data.omittedCount > 0 && (
        <p className={css["note"]}>{t("table.omitted", { count: data.omittedCount })}</p>
      )}
    </div>
  );
}

const barHeightMin = 240;
const barHeightMax = 1_600;
const barSize = 24;

const barHeight = ({ series }: ChartData): number => {
  const count = Math.max(0, ...series.map(({ points }) => points.length));
  return Math.min(barHeightMax, Math.max(barHeightMin, 80 + count * barSize));
};

function Cards({ data }: { data: ChartData }): React.ReactNode {
  const { number } = useFormats();
  return (
    <dl className={css["cards"]}>
      {data.series.map(({ name, points }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{number(points[0]?.[1] ?? Number.NaN)}</dd>
        </div>
      ))}
    </dl>
  );
}
