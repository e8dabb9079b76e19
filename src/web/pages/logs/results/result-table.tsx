import { useVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogCell, LogTable } from "../../../api/logs.ts";
import { cellText, compareCells, isNumeric } from "./cell-text.ts";
import { ColumnTitle, type Direction } from "./column-title.tsx";
import { useColumnWidths } from "./column-widths.ts";
import { RowDetails } from "./row-details.tsx";
import css from "./results.module.css";

const rowHeightPixels = 31;
const overscanCount = 10;
const openerWidthPixels = 34;
/** Rows and titles above it; what is longer is scrolled. */
const heightMaxPixels = 560;

interface Order {
  readonly at: number;
  readonly direction: Direction;
}

/** Rows of which only those in view are drawn; each opens to show all of its columns. */
export function ResultTable({ table }: { table: LogTable }): React.ReactNode {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const [order, setOrder] = useState<Order | null>(null);
  const [open, setOpen] = useState<ReadonlySet<readonly LogCell[]>>(new Set());
  const rows = useMemo(() => sortedRows(table, order), [table, order]);
  const { widths, widen } = useColumnWidths(table);
  const width = widths.reduce((sum, each) => sum + each, openerWidthPixels);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeightPixels,
    overscan: overscanCount,
  });
  const toggle = (row: readonly LogCell[]): void => {
    const next = new Set(open);
    if (!next.delete(row)) next.add(row);
    setOpen(next);
  };
  return (
    <div
      ref={frame}
      className={css["frame"]}
      role="table"
      aria-label={t("logs.results")}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      style={{ maxHeight: heightMaxPixels }}
    >
      <div role="rowgroup" className={css["head"]} style={{ width }}>
        <div role="row" className={css["row"]} aria-rowindex={1}>
          <div role="columnheader" className={css["opener"]}>
            <span className={css["unseen"]}>{t("logs.details")}</span>
          </div>
          {table.columns.map((column, at) => (
            <ColumnTitle
              key={column.name}
              column={column}
              width={widths[at] ?? 0}
              direction={order?.at === at ? order.direction : undefined}
              sort={() => setOrder(nextOrder(order, at))}
              widen={(pixels) => widen(at, pixels)}
            />
          ))}
        </div>
      </div>
      <div
        className={css["body"]}
        role="presentation"
        style={{ height: virtual.getTotalSize(), width }}
      >
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index] ?? [];
          return (
            <Row
              key={item.key}
              {...{ table, row, item, widths }}
              isOpen={open.has(row)}
              toggle={() => toggle(row)}
              measure={virtual.measureElement}
            />
          );
        })}
      </div>
    </div>
  );
}

function Row({
  table: { columns },
  row,
  item,
  widths,
  isOpen,
  toggle,
  measure,
}: {
  table: LogTable;
  row: readonly LogCell[];
  item: VirtualItem;
  widths: readonly number[];
  isOpen: boolean;
  toggle: () => void;
  measure: (element: Element | null) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <div
      role="rowgroup"
      ref={measure}
      data-index={item.index}
      className={css["place"]}
      style={{ transform: `translateY(${item.start}px)` }}
    >
      <div role="row" className={css["row"]} aria-rowindex={item.index + 2}>
        <div role="cell" className={css["opener"]}>
          <button
            type="button"
            aria-expanded={isOpen}
            aria-label={t("logs.openRow", { row: item.index + 1 })}
            onClick={toggle}
          >
            {isOpen ? "▾" : "▸"}
          </button>
        </div>
        {columns.map(({ name, type }, at) => (
          <div
            key={name}
            role="cell"
            className={css["cell"]}
            data-number={isNumeric(type)}
            style={{ width: widths[at] }}
          >
            {cellText(row[at])}
          </div>
        ))}
      </div>
      {isOpen && (
        <div role="row">
          <div role="cell" className={css["below"]}>
            <RowDetails columns={columns} row={row} />
          </div>
        </div>
      )}
    </div>
  );
}

const nextOrder = (before: Order | null, at: number): Order | null => {
  if (before?.at !== at) return { at, direction: "ascending" };
  return before.direction === "ascending" ? { at, direction: "descending" } : null;
};

function sortedRows({ columns, rows }: LogTable, order: Order | null): LogTable["rows"] {
  const type = columns[order?.at ?? -1]?.type;
  if (!order || !type) return rows;
  const compare = compareCells(type);
  const sign = order.direction === "ascending" ? 1 : -1;
  return rows.toSorted((a, b) => sign * compare(a[order.at] ?? null, b[order.at] ?? null));
}
