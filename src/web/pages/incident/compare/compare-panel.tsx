import { useTranslation } from "react-i18next";
import { useNear } from "../../../charts/near.tsx";
import { DataTable } from "../../../parts/data-table.tsx";
import { Panel } from "../../../parts/panel.tsx";
import { useFormats } from "../../../words/moments.ts";
import type { IncidentThings } from "../incident-things.ts";
import { CompareChart } from "./compare-chart.tsx";
import { ComparedPeers } from "./compared-peers.tsx";
import { type Compared, useCompared } from "./earlier.ts";
import { isMeasured, type Stretch } from "./stretch.ts";
import css from "./compare.module.css";

/** The incident beside an hour, a day and a week before: what was measured, and with whom the host talked. */
export function ComparePanel({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const compared = useCompared(things);
  const change = things.report.data?.change ?? null;
  const { near, button } = useNear(compared?.stretches ?? [], usualHigh(compared));
  if (!compared && !change) return null;
  return (
    <Panel title={t("compare.title")} aside={button}>
      {compared && <Measured compared={compared} near={near} />}
      {change && <ComparedPeers change={change} />}
    </Panel>
  );
}

/** The highest value of the earlier times. */
function usualHigh(compared: Compared | null): number | null {
  const earlier = (compared?.stretches ?? []).filter(({ when }) => when !== "now");
  const values = earlier.flatMap(({ points }) => points.flatMap(([, value]) => value ?? []));
  return values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b));
}

function Measured({
  compared,
  near,
}: {
  compared: Compared;
  near: number | null;
}): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { metricName, stretches, lengthMilliseconds } = compared;
  const isAlone = stretches.every(({ when, points }) => when === "now" || !isMeasured(points));
  if (isAlone) return <p className={css["text"]}>{t("compare.none")}</p>;
  const minutes = number(Math.max(1, Math.round(lengthMilliseconds / 60_000)));
  return (
    <>
      <CompareChart compared={compared} near={near} />
      <p className={css["text"]}>{t("compare.text", { metric: metricName, minutes })}</p>
      <Figures compared={compared} />
    </>
  );
}

function Figures({
  compared: { metricName, unit, stretches },
}: {
  compared: Compared;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const now = stretches.find(({ when }) => when === "now")?.mean ?? null;
  const most = Math.max(...stretches.map(({ mean }) => mean ?? 0), Number.MIN_VALUE);
  const amount = (value: number | null): string =>
    value === null ? "–" : unit.startsWith("Bytes") ? bytes(value) : number(value);
  return (
    <DataTable<Stretch>
      label={t("compare.label", { metric: metricName })}
      rows={stretches}
      keyOf={({ when }) => when}
      columns={[
        {
          key: "when",
          title: t("compare.when"),
          show: ({ when, mean }) => (
            <>
              {t(when === "now" ? "compare.now" : `compareWhen.${when}`)}
              <span
                className={css["bar"]}
                data-now={when === "now"}
                style={{ width: `${((mean ?? 0) / most) * 100}%` }}
              />
            </>
          ),
        },
        {
          key: "mean",
          width: "9rem",
          title: t("compare.mean"),
          isNumber: true,
          show: ({ mean }) => (mean === null ? t("compare.notMeasured") : amount(mean)),
        },
        {
          key: "highest",
          width: "9rem",
          title: t("compare.highest"),
          isNumber: true,
          show: ({ highest }) => amount(highest),
        },
        {
          key: "times",
          width: "9rem",
          title: t("compare.times"),
          isNumber: true,
          show: ({ when, mean }) =>
            when === "now" || now === null || mean === null || mean === 0
              ? "–"
              : t("compare.timesOf", { times: number(rounded(now / mean)) }),
        },
      ]}
    />
  );
}

/** Two digits say enough of a ratio. */
const rounded = (ratio: number): number => Number(ratio.toPrecision(2));
