import { useId, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { Button } from "../../parts/button.tsx";
import type { CaptureValues } from "./field-values.ts";
import css from "./filter-box.module.css";
import { keepFilter } from "./history.ts";
import { OfferList } from "./offer-list.tsx";
import { type FilterText, useFilterText } from "./use-filter-text.ts";

interface FilterBoxProps {
  filter: string;
  apply: (filter: string) => void;
  /** Goes back to the list. */
  leave: () => void;
  values: CaptureValues;
  input: React.RefObject<HTMLInputElement | null>;
}

/** Where a display filter is written: with what may come next, and what is wrong where. */
export function FilterBox(props: FilterBoxProps): React.ReactNode {
  const { filter, apply, values, input } = props;
  const { t } = useTranslation();
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const [marked, setMarked] = useState(-1);
  const [isWanted, setWanted] = useState(false);
  const written = useFilterText(filter, values, isWanted);
  const { text, fault, completion } = written;
  const mirror = useRef<HTMLDivElement>(null);
  const offers = isOpen ? completion.offers : [];
  const close = (): void => {
    setOpen(false);
    setMarked(-1);
  };
  const write = (next: string, caret: number): void => {
    written.write(next, caret);
    setMarked(-1);
    setOpen(true);
  };
  const take = (at: number): void => {
    const offer = offers[at];
    if (!offer) return;
    let caret = 0;
    // The text is there before the next key is pressed: a caret that was set later would stand amid what that key wrote.
    flushSync(() => {
      caret = written.take(offer);
      setMarked(-1);
    });
    input.current?.setSelectionRange(caret, caret);
    // A whole filter leaves nothing to go on with.
    if (offer.kind === "snippet" || offer.kind === "history") close();
  };
  const ask = (next: string): void => {
    close();
    if (fault && next === text) return;
    keepFilter(next);
    apply(next.trim());
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const act = actionOf(event.key, { isOpen, marked, count: offers.length });
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    if (act.kind === "mark") setMarked(act.at);
    else if (act.kind === "open") setOpen(true);
    else if (act.kind === "take") take(marked);
    else if (act.kind === "close") close();
    else if (act.kind === "ask") ask(text);
    else props.leave();
  };
  return (
    <form
      role="search"
      className={css["box"]}
      onSubmit={(event) => {
        event.preventDefault();
        ask(text);
      }}
    >
      <div className={css["line"]} data-state={stateOf(written)}>
        <Mirror written={written} mirror={mirror} />
        <input
          ref={input}
          value={text}
          onChange={({ target }) => write(target.value, target.selectionStart ?? 0)}
          onSelect={({ currentTarget }) => {
            const caret = currentTarget.selectionStart ?? 0;
            if (isOpen && currentTarget.value === text) written.write(text, caret);
          }}
          onScroll={({ currentTarget }) =>
            mirror.current?.scrollTo({ left: currentTarget.scrollLeft })
          }
          onKeyDown={onKeyDown}
          onFocus={() => setWanted(true)}
          onClick={() => setOpen(text === "")}
          onBlur={close}
          role="combobox"
          aria-label={t("displayFilter.label")}
          aria-expanded={offers.length > 0}
          aria-controls={`${id}-offers`}
          aria-autocomplete="list"
          aria-activedescendant={marked >= 0 ? `${id}-offers-${marked}` : undefined}
          aria-invalid={fault !== null}
          aria-describedby={`${id}-fault`}
          placeholder={t("displayFilter.placeholder")}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
        />
        <OfferList id={`${id}-offers`} offers={offers} marked={marked} take={take} />
      </div>
      <Button type="submit" disabled={fault !== null}>
        {t("displayFilter.apply")}
      </Button>
      {(filter !== "" || text !== "") && (
        <Button
          kind="quiet"
          onClick={() => {
            written.write("", 0);
            ask("");
          }}
        >
          {t("displayFilter.clear")}
        </Button>
      )}
      <p id={`${id}-fault`} className={css["fault"]} role="status">
        {fault && t("displayFilter.fault", { place: fault.start + 1, message: fault.message })}
      </p>
    </form>
  );
}

type Action = { kind: "mark"; at: number } | { kind: "open" | "take" | "close" | "ask" | "leave" };

/** What a key does in the box; null: it writes. */
function actionOf(
  key: string,
  { isOpen, marked, count }: { isOpen: boolean; marked: number; count: number },
): Action | null {
  if (key === "Enter") return { kind: marked >= 0 ? "take" : "ask" };
  if (key === "Escape") return { kind: isOpen && count > 0 ? "close" : "leave" };
  if (key !== "ArrowDown" && key !== "ArrowUp") return null;
  if (!isOpen || count === 0) return { kind: "open" };
  // One place more than there are offers: the box itself.
  const places = count + 1;
  const step = key === "ArrowDown" ? 1 : -1;
  return { kind: "mark", at: ((marked + 1 + step + places) % places) - 1 };
}

const stateOf = ({ text, fault, isChecked }: FilterText): string =>
  text.trim() === "" || !isChecked ? "plain" : fault ? "bad" : "good";

/** The same text behind the box, with a line below what is wrong. */
function Mirror({
  written: { text, fault },
  mirror,
}: {
  written: FilterText;
  mirror: React.RefObject<HTMLDivElement | null>;
}): React.ReactNode {
  if (!fault) return <div ref={mirror} className={css["mirror"]} aria-hidden="true" />;
  const { start, end } = fault;
  return (
    <div ref={mirror} className={css["mirror"]} aria-hidden="true">
      {text.slice(0, start)}
      <span className={css["wrong"]}>{text.slice(start, end) || "\u00a0"}</span>
      {text.slice(end)}
    </div>
  );
}
