import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogAnswer, LogTable } from "../../../api/logs.ts";
import { Button } from "../../../parts/button.tsx";
import { Field } from "../../../parts/field.tsx";
import { Notice } from "../../../parts/notice.tsx";
import { Panel } from "../../../parts/panel.tsx";
import { useFormats } from "../../../words/moments.ts";
import { filteredRows } from "./cell-text.ts";
import { chartData } from "./chart-data.ts";
import { csvOf, jsonOf } from "./export.ts";
import { ResultChart } from "./result-chart.tsx";
import { ResultTable } from "./result-table.tsx";
import { saveFile } from "./save-file.ts";
import css from "./results.module.css";

const noTable: LogTable = { columns: [], rows: [] };

/** What a query gave: a chart where it asked for one, the rows, what it cost, and how to take them away. */
export function ResultPart({
  answer,
  tookMs,
}: {
  answer: LogAnswer;
  tookMs: number;
}): React.ReactNode {
  const { t } = useTranslation();
  const table = answer.tables[0] ?? noTable;
  const data = useMemo(() => chartData(table, answer.render), [table, answer.render]);
  const [isChartWanted, setChartWanted] = useState(true);
  const [filter, setFilter] = useState("");
  const wanted = useDeferredValue(filter);
  const shown = useMemo(
    () => ({ columns: table.columns, rows: filteredRows(table.rows, wanted) }),
    [table, wanted],
  );
  const hasChart = typeof data === "object";
  const isChart = hasChart && isChartWanted;
  return (
    <>
      <Partial answer={answer} />
      {(data === "unknown" || data === "columns") && (
        <Notice
          kind="calm"
          title={t("logs.noChart", { kind: answer.render?.visualization ?? "" })}
          text={t(data === "unknown" ? "logs.noChartKind" : "logs.noChartColumns")}
        />
      )}
      <Panel
        title={t("logs.results")}
        aside={<Figures answer={answer} tookMs={tookMs} shownCount={shown.rows.length} />}
      >
        <div className={css["bar"]}>
          {hasChart && <Switch isChart={isChart} choose={setChartWanted} />}
          {!isChart && (
            <Field
              label={t("logs.filter")}
              type="search"
              value={filter}
              onChange={({ target }) => setFilter(target.value)}
            />
          )}
          <Exports table={isChart ? table : shown} />
        </div>
        {isChart && <ResultChart data={data} />}
        {!isChart && shown.columns.length > 0 && <ResultTable key={tookMs} table={shown} />}
        {shown.rows.length === 0 && <p className={css["note"]}>{t("logs.noRows")}</p>}
      </Panel>
    </>
  );
}

/** Rows of which some are missing are not the answer: it says why. */
function Partial({ answer: { error } }: { answer: LogAnswer }): React.ReactNode {
  const { t } = useTranslation();
  if (!error) return null;
  const reasons = (error.details ?? []).map(({ innererror }) => innererror?.message ?? "");
  const text = [error.message, ...reasons].filter((each) => each !== "").join(" ");
  return <Notice kind="warn" title={t("logs.partial")} text={text} />;
}

function Figures({
  answer: { tables, statistics },
  tookMs,
  shownCount,
}: {
  answer: LogAnswer;
  tookMs: number;
  shownCount: number;
}): React.ReactNode {
  const { t } = useTranslation();
  const { number, bytes } = useFormats();
  const count = tables[0]?.rows.length ?? 0;
  const query = statistics?.query;
  const size = query?.datasetStatistics[0]?.tableSize;
  const seconds = (value: number): string => number(Math.round(value * 1_000) / 1_000);
  return (
    <p className={css["figures"]} role="status">
      {shownCount < count && <span>{t("logs.filtered", { shown: number(shownCount) })}</span>}
      <span>{t("logs.rows", { count, shown: number(count) })}</span>
      <span>{t("logs.took", { seconds: seconds(tookMs / 1_000) })}</span>
      {query && (
        <span className={css["minor"]}>
          {t("logs.engine", {
            translation: seconds(query.translationTime),
            execution: seconds(query.executionTime),
          })}
        </span>
      )}
      {size !== undefined && <span className={css["minor"]}>{bytes(size)}</span>}
    </p>
  );
}

function Switch({
  isChart,
  choose,
}: {
  isChart: boolean;
  choose: (isChart: boolean) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <div className={css["switch"]} role="group" aria-label={t("logs.view")}>
      <button type="button" aria-pressed={isChart} onClick={() => choose(true)}>
        {t("logs.chart")}
      </button>
      <button type="button" aria-pressed={!isChart} onClick={() => choose(false)}>
        {t("logs.table")}
      </button>
    </div>
  );
}

function Exports({ table }: { table: LogTable }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <div className={css["exports"]}>
      <Button
        title={t("logs.csvHint")}
        onClick={() => saveFile("query.csv", "text/csv;charset=utf-8", csvOf(table))}
      >
        CSV
      </Button>
      <Button onClick={() => saveFile("query.json", "application/json", jsonOf(table))}>
        JSON
      </Button>
    </div>
  );
}
