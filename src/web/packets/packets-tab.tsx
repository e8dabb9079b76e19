import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PacketBook } from "../../inspection/browse/packet-book.ts";
import type { ReportDocument } from "../../report/document.ts";
import { useParameters } from "../parts/address.ts";
import { ActionArea } from "../parts/action-menu.tsx";
import { Button } from "../parts/button.tsx";
import { Notice } from "../parts/notice.tsx";
import { captureValues } from "./capture-values.ts";
import { type Acts, rowActions } from "./details/field-actions.ts";
import { PacketDetails } from "./details/packet-details.tsx";
import { FilterBox } from "./filter/filter-box.tsx";
import { PacketList } from "./list/packet-list.tsx";
import type { RowPages } from "./list/row-pages.ts";
import type { TimeKind } from "./list/times.ts";
import { useCursor } from "./list/use-cursor.ts";
import { useRowPages } from "./list/use-row-pages.ts";
import css from "./packets-tab.module.css";
import { PacketsBar } from "./packets-bar.tsx";
import { useFrame } from "./use-frame.ts";
import { useNarrow } from "./use-narrow.ts";

/** Every packet of a capture: the list, and of the chosen one its layers and bytes. */
export function PacketsTab({
  report,
  book,
}: {
  report: ReportDocument;
  book: PacketBook;
}): React.ReactNode {
  const [parameters, change] = useParameters();
  const filter = parameters.get("filter") ?? "";
  const pages = useRowPages(book, filter);
  const [frame, choose] = useFrame();
  const [cursor, moveTo] = useCursor({ book, filter, pages, frame, choose });
  const [timeKind, setTimeKind] = useState<TimeKind>("relative");
  const [isInside, setInside] = useState(false);
  const places = usePlaces(setInside);
  const values = useMemo(() => captureValues(report), [report]);
  const acts: Acts = {
    filter,
    apply: (next) => change({ filter: next }),
    follow: (stream) => change({ tab: "follow", stream }),
  };
  return (
    <div className={css["tab"]} onKeyDown={places.onKeyDown}>
      <FilterBox
        filter={filter}
        apply={(next) => {
          acts.apply(next);
          places.toList();
        }}
        leave={places.toList}
        values={values}
        input={places.filter}
      />
      <PacketsBar
        {...{ pages, filter, timeKind, setTimeKind }}
        goTo={places.goTo}
        choose={(number) => {
          choose(number);
          places.toList();
        }}
        leave={places.toList}
      />
      <Problems pages={pages} />
      <ListArea
        {...{ pages, cursor, moveTo, timeKind, acts }}
        grid={places.grid}
        enter={places.toDetails}
      />
      {frame !== null && (
        <div className={css["details"]} data-inside={isInside}>
          <PacketDetails
            {...{ book, acts }}
            number={frame}
            tree={places.tree}
            leave={places.toList}
          />
        </div>
      )}
    </div>
  );
}

interface Places {
  filter: React.RefObject<HTMLInputElement | null>;
  goTo: React.RefObject<HTMLInputElement | null>;
  grid: React.RefObject<HTMLDivElement | null>;
  tree: React.RefObject<HTMLDivElement | null>;
  toList: () => void;
  toDetails: () => void;
  onKeyDown: (event: React.KeyboardEvent) => void;
}

/** Ways between the parts by keyboard: `/` to the filter, `g` to a packet's number. */
function usePlaces(setInside: (isInside: boolean) => void): Places {
  const filter = useRef<HTMLInputElement>(null);
  const goTo = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const tree = useRef<HTMLDivElement>(null);
  return {
    filter,
    goTo,
    grid,
    tree,
    toList() {
      setInside(false);
      grid.current?.focus();
    },
    toDetails() {
      setInside(true);
      // Once it is drawn, where it was hidden.
      requestAnimationFrame(() => tree.current?.focus());
    },
    onKeyDown(event) {
      const { key, target, ctrlKey, metaKey, altKey } = event;
      const isWriting = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
      const place = { "/": filter, g: goTo }[key];
      if (isWriting || ctrlKey || metaKey || altKey || !place) return;
      event.preventDefault();
      place.current?.focus();
      place.current?.select();
    },
  };
}

interface AreaProps extends React.ComponentProps<typeof PacketList> {
  acts: Acts;
}

function ListArea({ acts, ...list }: AreaProps): React.ReactNode {
  const { t } = useTranslation();
  const isNarrow = useNarrow();
  const { pages, cursor, moveTo, enter } = list;
  const row = cursor.place === null ? null : pages.row(cursor.place);
  const placeOf = (target: EventTarget): number | null => {
    const line = (target as HTMLElement).closest<HTMLElement>("[data-place]");
    return line ? Number(line.dataset["place"]) : null;
  };
  return (
    <ActionArea
      className={css["list"]}
      actions={row ? rowActions(t, row, acts) : []}
      aim={(target) => {
        const place = placeOf(target);
        if (place !== null) moveTo(place);
      }}
    >
      <div
        className={css["inList"]}
        role="presentation"
        onClick={({ target }) => isNarrow && placeOf(target) !== null && enter()}
      >
        <PacketList {...list} />
      </div>
    </ActionArea>
  );
}

/** Why there are no rows, or no more of them. */
function Problems({ pages }: { pages: RowPages }): React.ReactNode {
  const { t } = useTranslation();
  const { error, problem, isKnown, isComplete, matchedCount } = pages.status;
  if (error)
    return (
      <Notice kind="bad" title={t("packets.failed")} text={error.message}>
        <p>
          <Button onClick={() => pages.retry()}>{t("packets.retry")}</Button>
        </p>
      </Notice>
    );
  if (problem !== null) return <Notice kind="warn" title={t("packets.cut")} text={problem} />;
  if (isKnown && isComplete && matchedCount === 0)
    return <Notice kind="calm" title={t("packets.none")} />;
  return null;
}
