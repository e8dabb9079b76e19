import { useState } from "react";
import type { LogTable } from "../../../api/logs.ts";
import { cellText } from "./cell-text.ts";

const sampleRowCount = 50;
const widthMinPixels = 64;
const widthMaxPixels = 380;
const resizedMaxPixels = 1_600;
const characterPixels = 7.4;
const paddingPixels = 30;

/** A width that shows most of what is in a column. */
export const naturalWidth = ({ columns, rows }: LogTable, at: number): number => {
  const texts = rows.slice(0, sampleRowCount).map((row) => cellText(row[at]).length);
  const characters = Math.max((columns[at]?.name.length ?? 0) + 2, ...texts);
  const wanted = Math.round(characters * characterPixels) + paddingPixels;
  return Math.min(widthMaxPixels, Math.max(widthMinPixels, wanted));
};

export interface ColumnWidths {
  readonly widths: readonly number[];
  /** Makes a column so much wider, or narrower. */
  readonly widen: (at: number, pixels: number) => void;
}

/** Widths of the columns, as whoever reads has pulled them. */
export function useColumnWidths(table: LogTable): ColumnWidths {
  const [pulled, setPulled] = useState<ReadonlyMap<string, number>>(new Map());
  const widths = table.columns.map(({ name }, at) => pulled.get(name) ?? naturalWidth(table, at));
  return {
    widths,
    widen(at, pixels) {
      const name = table.columns[at]?.name ?? "";
      const next = Math.min(resizedMaxPixels, Math.max(widthMinPixels, (widths[at] ?? 0) + pixels));
      setPulled((before) => new Map(before).set(name, next));
    },
  };
}
