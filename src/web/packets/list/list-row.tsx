import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { PacketRow } from "../../../inspection/browse/packet-book.ts";
import { rowFamily } from "./families.ts";
import css from "./packet-list.module.css";
import { deltaText, type TimeKind, timeText, wholeTimeText } from "./times.ts";

/** The heading row counts, too, and people count from 1. */
const rowIndexOfFirst = 2;

interface RowProps {
  id: string;
  place: number;
  /** Null until it has come. */
  row: PacketRow | null;
  before: PacketRow | null;
  isChosen: boolean;
  timeKind: TimeKind;
  choose: (place: number) => void;
}

/** One packet of the list. Drawn anew only when it is another one: `choose` does the same at all times. */
export const ListRow = memo(
  ({ id, place, row, before, isChosen, timeKind, choose }: RowProps): React.ReactNode => (
    <div
      id={id}
      role="row"
      aria-rowindex={place + rowIndexOfFirst}
      aria-selected={isChosen}
      aria-busy={row === null}
      className={css["row"]}
      data-place={place}
      data-family={row ? rowFamily(row) : undefined}
      onMouseDown={(event) => event.button === 0 && choose(place)}
    >
      {row ? <Cells row={row} before={before} timeKind={timeKind} /> : <NoCells />}
    </div>
  ),
  (one, other) =>
    one.row === other.row &&
    one.before === other.before &&
    one.isChosen === other.isChosen &&
    one.timeKind === other.timeKind &&
    one.place === other.place &&
    one.choose === other.choose,
);

function Cells({
  row,
  before,
  timeKind,
}: Pick<RowProps, "before" | "timeKind"> & { row: PacketRow }): React.ReactNode {
  const { number, source, destination, protocol, length, info, time } = row;
  const cells = [
    { name: "number", text: String(number) },
    { name: "time", text: timeText(row, timeKind), title: wholeTimeText(time) },
    { name: "delta", text: deltaText(row, before) },
    { name: "source", text: source, title: source },
    { name: "destination", text: destination, title: destination },
    { name: "protocol", text: protocol.toUpperCase(), title: protocol },
    { name: "length", text: String(length) },
    { name: "info", text: info, title: info },
  ];
  return cells.map(({ name, text, title }, at) => (
    <span key={name} role="gridcell" aria-colindex={at + 1} className={css[name]} title={title}>
      {text}
    </span>
  ));
}

function NoCells(): React.ReactNode {
  const { t } = useTranslation();
  return (
    <span role="gridcell" aria-colindex={1} className={css["coming"]}>
      {t("packets.coming")}
    </span>
  );
}
