import { useTranslation } from "react-i18next";
import { type Cell, type FlowAnswer, recordsOf } from "../../api/flow-views.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { FlowCell, isAddressColumn, isBlank } from "./flow-cell.tsx";
import type { FlowRecord } from "./flow-record.ts";
import { partOf } from "./parts.ts";
import type { Changes, QuestionState } from "./question.ts";
import css from "./traffic.module.css";

/** Of use to pictures alone. */
const hidden = new Set(["HasLocation", "Latitude", "Longitude", "TargetResourceId"]);

/** Rows of any view: numbers as numbers, addresses as links; a first column that leads further is pressed. */
export function ViewTable({
  answer,
  state,
  without = [],
}: {
  answer: FlowAnswer;
  state: QuestionState;
  /** Columns that are not shown. */
  without?: readonly string[];
}): React.ReactNode {
  const { t, i18n } = useTranslation();
  const { columns, rows, drillDown } = answer;
  const further = drillDown.find(({ view }) => partOf(view) !== null);
  const records = new Map(recordsOf(answer).map((record, at) => [rows[at] ?? [], record]));
  const shown = columns.flatMap((column, at) =>
    hidden.has(column.name) || without.includes(column.name) ? [] : [{ ...column, at }],
  );
  return (
    <DataTable<Cell[]>
      label={t(`view.${answer.view}`)}
      rows={rows}
      keyOf={(row) => row.join(" ")}
      columns={shown.map(({ name, type, at }, place) => ({
        key: name,
        title: i18n.exists(`flowColumn.${name}`) ? t(`flowColumn.${name}`) : name,
        isNumber: isNumeric(type) && name !== "DestPort",
        show: (row) => {
          const record = records.get(row) ?? {};
          const cell = <FlowCell name={name} record={record} answer={answer} state={state} />;
          if (place !== 0 || !further) return cell;
          const drill = () => state.drill(filtersOf(further, record));
          return <Leading {...{ name, record, drill }}>{cell}</Leading>;
        },
        sortBy: (row) => (isNumeric(type) ? Number(row[at] ?? 0) : String(row[at] ?? "")),
      }))}
    />
  );
}

/** The first cell: pressed itself, or with a way further beside it where it leads elsewhere already. */
function Leading({
  name,
  record,
  drill,
  children,
}: {
  name: string;
  record: FlowRecord;
  drill: () => void;
  children: React.ReactNode;
}): React.ReactNode {
  const { t } = useTranslation();
  if (!isAddressColumn(name) && name !== "FlowType" && !isBlank(record[name])) {
    return (
      <button type="button" className={css["further"]} onClick={drill}>
        {children}
      </button>
    );
  }
  return (
    <span className={css["leading"]}>
      {children}
      <button type="button" className={css["step"]} onClick={drill} title={t("traffic.behind")}>
        <span aria-hidden="true">→</span>
        <span className={css["unseen"]}>{t("traffic.behind")}</span>
      </button>
    </span>
  );
}

const isNumeric = (type: string): boolean => ["long", "int", "real", "decimal"].includes(type);

/** Leads to what opens behind a row, with this row's values; what it has no value for is no filter. */
function filtersOf(
  { view, filters }: FlowAnswer["drillDown"][number],
  record: FlowRecord,
): Changes {
  const entries = Object.entries(filters).map(([filter, column]): [string, string | null] => {
    const value = record[column];
    return [filter, isBlank(value) ? null : String(value)];
  });
  return { ...Object.fromEntries(entries), part: partOf(view) };
}
