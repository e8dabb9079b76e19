import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { LogColumn } from "../../../api/logs.ts";
import css from "./results.module.css";

const stepPixels = 24;

export type Direction = "ascending" | "descending";

/** A column's name, which sorts, and its right edge, which is pulled or moved by the arrow keys. */
export function ColumnTitle({
  column: { name, type },
  width,
  direction,
  sort,
  widen,
}: {
  column: LogColumn;
  width: number;
  direction: Direction | undefined;
  sort: () => void;
  widen: (pixels: number) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <div role="columnheader" className={css["title"]} style={{ width }} aria-sort={direction}>
      <button type="button" onClick={sort} title={`${name}: ${type}`}>
        {name}
        <span aria-hidden="true">
          {direction === undefined ? "" : direction === "ascending" ? " ↑" : " ↓"}
        </span>
      </button>
      <Edge label={t("logs.width", { name })} width={width} widen={widen} />
    </div>
  );
}

function Edge({
  label,
  width,
  widen,
}: {
  label: string;
  width: number;
  widen: (pixels: number) => void;
}): React.ReactNode {
  const before = useRef(0);
  return (
    <span
      className={css["edge"]}
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(width)}
      tabIndex={0}
      onKeyDown={({ key }) => {
        if (key === "ArrowLeft") widen(-stepPixels);
        if (key === "ArrowRight") widen(stepPixels);
      }}
      onPointerDown={(event) => {
        before.current = event.clientX;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        widen(event.clientX - before.current);
        before.current = event.clientX;
      }}
    />
  );
}
