import { useState } from "react";
import { useTranslation } from "react-i18next";
import css from "./data-table.module.css";

export interface Column<Row> {
  /** Names the column among the others. */
  key: string;
  title: string;
  show: (row: Row) => React.ReactNode;
  /** What rows are sorted by; a column without is not sorted by. */
  sortBy?: (row: Row) => number | string;
  isNumber?: boolean;
  /** CSS width, for tables below each other whose columns should meet. */
  width?: string;
}

interface Order {
  key: string;
  direction: "ascending" | "descending";
}

/** Rows that are all shown; a press on a title sorts by it, a second one turns the order round. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  keyOf,
  omitted = 0,
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Rows that the answer left out. */
  omitted?: number;
}): React.ReactNode {
  const { t } = useTranslation();
  const [order, setOrder] = useState<Order | null>(null);
  return (
    <div className={css["frame"]} role="region" aria-label={label} tabIndex={0}>
      <table className={css["table"]}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Title key={column.key} column={column} order={order} choose={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted(rows, columns, order).map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ key, show, isNumber }) => (
                <td key={key} data-number={isNumber}>
                  {show(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className={css["note"]}>{t("table.empty")}</p>}
      {omitted > 0 && <p className={css["note"]}>{t("table.omitted", { count: omitted })}</p>}
    </div>
  );
}

function Title<Row>({
  column: { key, title, sortBy, isNumber, width },
  order,
  choose,
}: {
  column: Column<Row>;
  order: Order | null;
  choose: (order: Order) => void;
}): React.ReactNode {
  const direction = order?.key === key ? order.direction : undefined;
  const next = direction === "descending" ? "ascending" : "descending";
  return (
    <th scope="col" data-number={isNumber} aria-sort={direction} style={{ width }}>
      {sortBy ? (
        <button type="button" onClick={() => choose({ key, direction: next })}>
          {title}
          <span className={css["arrow"]} aria-hidden="true">
            {direction === undefined ? "" : direction === "ascending" ? "↑" : "↓"}
          </span>
        </button>
      ) : (
        title
      )}
    </th>
  );
}

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: Order | null,
): readonly Row[] {
  const sortBy = columns.find(({ key }) => key === order?.key)?.sortBy;
  if (!sortBy || !order) return rows;
  const sign = order.direction === "ascending" ? 1 : -1;
  return rows.toSorted((a, b) => sign * compare(sortBy(a), sortBy(b)));
}

const compare = (a: number | string, b: number | string): number =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
