import { useTranslation } from "react-i18next";
import { type Cell, type FlowAnswer, useFlowView } from "../../api/flow-views.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useFormats } from "../../words/moments.ts";
import { KqlButton } from "./kql-button.tsx";
import { partOf } from "./parts.ts";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";

/** One of the portal's views: its rows, the query behind them, and what opens behind a row. */
export function ViewPanel({
  view,
  state,
  top = 20,
  draw,
}: {
  view: string;
  state: QuestionState;
  top?: number;
  /** Shown above the rows. */
  draw?: (answer: FlowAnswer) => React.ReactNode;
}): React.ReactNode {
  const { t } = useTranslation();
  const { data, error, isPlaceholderData } = useFlowView(view, { ...state.question, top });
  return (
    <Panel
      title={t(`view.${view}`)}
      aside={data && !isPlaceholderData && <KqlButton answer={data} title={t(`view.${view}`)} />}
    >
      {error && <Notice kind="bad" title={t("traffic.noView")} text={error.message} />}
      {data && (
        <div data-old={isPlaceholderData} className={css["answer"]}>
          {draw?.(data)}
          <ViewTable answer={data} state={state} />
        </div>
      )}
      {!data && !error && <p className={css["wait"]}>{t("traffic.wait")}</p>}
    </Panel>
  );
}

/** Rows of any view: numbers as numbers, bytes as bytes; a first column that leads further is pressed. */
export function ViewTable({
  answer,
  state,
}: {
  answer: FlowAnswer;
  state: QuestionState;
}): React.ReactNode {
  const { t } = useTranslation();
  const show = useCellText(answer);
  const { columns, rows, drillDown } = answer;
  const further = drillDown.find(({ view }) => partOf(view) !== null);
  const shown = columns.flatMap((column, at) => (isHidden(column.name) ? [] : [{ ...column, at }]));
  return (
    <DataTable<Cell[]>
      label={t(`view.${answer.view}`)}
      rows={rows}
      keyOf={(row) => row.join(" ")}
      columns={shown.map(({ name, type, at }, place) => ({
        key: name,
        title: name,
        isNumber: isNumeric(type),
        show: (row) =>
          place === 0 && further && !isBlank(row[at] ?? null) ? (
            <button
              type="button"
              className={css["further"]}
              onClick={() => state.change(filtersOf(further, answer, row))}
            >
              {show(name, row[at] ?? null)}
            </button>
          ) : (
            show(name, row[at] ?? null)
          ),
        sortBy: (row) => (isNumeric(type) ? Number(row[at] ?? 0) : String(row[at] ?? "")),
      }))}
    />
  );
}

const isNumeric = (type: string): boolean => ["long", "int", "real", "decimal"].includes(type);
/** As Azure leaves the public side of most flows. */
const isBlank = (cell: Cell): boolean => cell === null || cell === "";
/** Of use to the map alone. */
const isHidden = (name: string): boolean => ["HasLocation", "Latitude", "Longitude"].includes(name);

/** Leads to what opens behind a row, with this row's values. */
function filtersOf(
  { view, filters }: FlowAnswer["drillDown"][number],
  { columns }: FlowAnswer,
  row: readonly Cell[],
): Record<string, string | null> {
  const entries = Object.entries(filters).map(([filter, column]) => {
    const value = row[columns.findIndex(({ name }) => name === column)];
    return [filter, value === null || value === undefined ? null : String(value)] as const;
  });
  return { ...Object.fromEntries(entries), part: partOf(view) };
}

function useCellText({ unit }: FlowAnswer): (column: string, cell: Cell) => string {
  const { bytes, number, moment } = useFormats();
  const counted = new Set([
    "Total",
    "AllowedInbound",
    "AllowedOutbound",
    "BlockedInbound",
    "BlockedOutbound",
    "Benign",
    "Malicious",
    "AllowedMalicious",
  ]);
  return (column, cell) => {
    if (isBlank(cell)) return "–";
    if (column === "Time") return moment(String(cell));
    const isBytes = column === "Bytes" || (unit === "bytes" && counted.has(column));
    if (typeof cell === "number") return isBytes ? bytes(cell) : number(cell);
    return String(cell);
  };
}
