import { useTranslation } from "react-i18next";
import { useParameters } from "../../parts/address.ts";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import { isMetricRange, metricCharts, type MetricRange, metricRanges } from "./metric-charts.ts";
import { MetricPicture } from "./metric-picture.tsx";
import css from "./metrics.module.css";

/** What the host measured: several pictures over one range of time, which the address carries. */
export function MetricsPanel({ resourceId }: { resourceId: string }): React.ReactNode {
  const { t } = useTranslation();
  const [parameters, change] = useParameters();
  const asked = parameters.get("range");
  const range = isMetricRange(asked) ? asked : "PT1H";
  const named = parameters.get("metrics");
  const shown = metricCharts.filter(({ key, isFirst }) =>
    named === null ? isFirst : named.split(",").includes(key),
  );
  const toggle = (key: string): void => {
    const keys = metricCharts
      .map((each) => each.key)
      .filter((each) => shown.some((one) => one.key === each) !== (each === key));
    change({ metrics: keys.length === 0 ? "-" : keys.join(",") });
  };
  return (
    <Panel title={t("hostMetric.title")}>
      <div className={css["bar"]}>
        <Select<MetricRange>
          label={t("hostMetric.range")}
          value={range}
          choices={Object.keys(metricRanges)
            .filter(isMetricRange)
            .map((value) => ({ value, words: t(`timespan.${value}`) }))}
          choose={(value) => change({ range: value })}
        />
        <fieldset className={css["choices"]}>
          <legend>{t("hostMetric.shown")}</legend>
          {metricCharts.map(({ key }) => (
            <label key={key} className={css["choice"]}>
              <input
                type="checkbox"
                checked={shown.some((each) => each.key === key)}
                onChange={() => toggle(key)}
              />
              {t(`hostMetric.of.${key}`)}
            </label>
          ))}
        </fieldset>
      </div>
      <div className={css["pictures"]}>
        {shown.map((chart) => (
          <MetricPicture key={chart.key} chart={chart} resourceId={resourceId} range={range} />
        ))}
      </div>
    </Panel>
  );
}
