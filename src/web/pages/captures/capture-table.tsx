import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { deleteAction, stopAction } from "../../api/captures.ts";
import { useAllowed } from "../../shell/session-context.ts";
import { CaptureLine, GroupLine, MemberLine } from "./capture-lines.tsx";
import { type CaptureEntry, type CaptureRow, orderText, type SortKey } from "./capture-rows.ts";
import css from "./captures.module.css";
import type { QuestionState } from "./use-question.ts";

const lineHeightPixels = 40;
const overscanCount = 10;

const columns: readonly { key: SortKey; words: string; isNumber?: boolean }[] = [
  { key: "name", words: "column.name" },
  { key: "host", words: "column.host" },
  { key: "phase", words: "column.state" },
  { key: "length", words: "captures.length", isNumber: true },
  { key: "packets", words: "figure.packets", isNumber: true },
  { key: "size", words: "figure.bytes", isNumber: true },
  { key: "rule", words: "captureFilter.rule" },
  { key: "class", words: "captureFilter.class" },
  { key: "time", words: "captures.created" },
];

export interface TableProps {
  entries: readonly CaptureEntry[];
  /** All that are found, for who chooses all. */
  rows: readonly CaptureRow[];
  state: QuestionState;
  selected: ReadonlySet<string>;
  select: (ids: ReadonlySet<string>) => void;
  /** Opens what is closed, and the other way round. */
  turn: (key: string) => void;
}

/** Thousands of lines, of which those are there that are seen. */
export function CaptureTable(props: TableProps): React.ReactNode {
  const { t } = useTranslation();
  const { entries } = props;
  const mayStop = useAllowed(stopAction);
  const maySelect = useAllowed(deleteAction) || mayStop;
  const frame = useRef<HTMLDivElement>(null);
  const lines = useVirtualizer({
    count: entries.length,
    getScrollElement: () => frame.current,
    estimateSize: () => lineHeightPixels,
    getItemKey: (at) => entries[at]?.key ?? at,
    overscan: overscanCount,
  });
  const shown = lines.getVirtualItems();
  const before = shown[0]?.start ?? 0;
  const after = lines.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <div
      ref={frame}
      className={css["frame"]}
      role="region"
      aria-label={t("page.captures")}
      tabIndex={0}
    >
      <table className={css["table"]} aria-rowcount={entries.length + 1}>
        <thead>
          <tr>
            {maySelect && <AllTitle {...props} />}
            {columns.map((column) => (
              <Title key={column.key} column={column} state={props.state} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={before} />
          {shown.map(({ index, key }) => (
            <tr
              key={key}
              ref={lines.measureElement}
              data-index={index}
              aria-rowindex={index + 2}
              data-kind={entries[index]?.kind}
            >
              <Line entry={entries[index]} props={props} maySelect={maySelect} />
            </tr>
          ))}
          <Space height={after} />
        </tbody>
      </table>
      {entries.length === 0 && <p className={css["note"]}>{t("table.empty")}</p>}
    </div>
  );
}

/** In place of the lines that are not there. */
const Space = ({ height }: { height: number }): React.ReactNode =>
  height > 0 && (
    <tr aria-hidden="true" className={css["space"]}>
      <td style={{ height }} />
    </tr>
  );

function Line({
  entry,
  props,
  maySelect,
}: {
  entry: CaptureEntry | undefined;
  props: TableProps;
  maySelect: boolean;
}): React.ReactNode {
  if (!entry) return null;
  const shared = { maySelect, props };
  if (entry.kind === "group") return <GroupLine entry={entry} {...shared} />;
  if (entry.kind === "member") return <MemberLine entry={entry} {...shared} />;
  return <CaptureLine entry={entry} {...shared} />;
}

function AllTitle({ rows, selected, select }: TableProps): React.ReactNode {
  const { t } = useTranslation();
  const isAll = rows.length > 0 && rows.every(({ id }) => selected.has(id));
  return (
    <th scope="col" className={css["choose"]}>
      <input
        type="checkbox"
        aria-label={t("captures.chooseAll")}
        checked={isAll}
        onChange={() => select(new Set(isAll ? [] : rows.map(({ id }) => id)))}
      />
    </th>
  );
}

function Title({
  column: { key, words, isNumber },
  state: { order, change },
}: {
  column: (typeof columns)[number];
  state: QuestionState;
}): React.ReactNode {
  const { t } = useTranslation();
  const isOwn = order.key === key;
  const next = { key, isDescending: !isOwn || !order.isDescending };
  const direction = order.isDescending ? "descending" : "ascending";
  return (
    <th scope="col" data-number={isNumber} aria-sort={isOwn ? direction : undefined}>
      <button type="button" onClick={() => change({ sort: orderText(next) })}>
        {t(words)}
        <span className={css["arrow"]} aria-hidden="true">
          {isOwn ? (order.isDescending ? "↓" : "↑") : ""}
        </span>
      </button>
    </th>
  );
}
