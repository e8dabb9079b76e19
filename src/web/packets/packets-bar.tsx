import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../words/moments.ts";
import type { RowPages } from "./list/row-pages.ts";
import { type TimeKind, timeKinds } from "./list/times.ts";
import css from "./packets-tab.module.css";
import { frameOf } from "./use-frame.ts";

interface BarProps {
  pages: RowPages;
  filter: string;
  timeKind: TimeKind;
  setTimeKind: (kind: TimeKind) => void;
  goTo: React.RefObject<HTMLInputElement | null>;
  choose: (number: number) => void;
  leave: () => void;
}

/** How many packets there are, how times are shown, and the way to a packet by its number. */
export function PacketsBar(props: BarProps): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const { timeKind, setTimeKind } = props;
  return (
    <div className={css["bar"]}>
      <Count pages={props.pages} filter={props.filter} />
      <span className={css["choice"]}>
        <label htmlFor={`${id}-time`}>{t("packets.column.time")}</label>
        <select
          id={`${id}-time`}
          value={timeKind}
          onChange={({ target }) => setTimeKind(target.value as TimeKind)}
        >
          {timeKinds.map((kind) => (
            <option key={kind} value={kind}>
              {t(`packets.times.${kind}`)}
            </option>
          ))}
        </select>
      </span>
      <GoTo {...props} />
    </div>
  );
}

/** What passes the filter; while the pass goes on, so far. */
function Count({ pages, filter }: { pages: RowPages; filter: string }): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { isKnown, isComplete, packetCount, matchedCount, scannedCount } = pages.status;
  if (!isKnown) return <p className={css["count"]} role="status" />;
  const counts = {
    matched: number(matchedCount),
    scanned: number(scannedCount),
    all: number(packetCount),
  };
  const isReading = !isComplete;
  return (
    <p className={css["count"]} role="status">
      {filter === "" && t("packets.all", { count: packetCount, all: counts.all })}
      {filter !== "" && t(isReading ? "packets.soFar" : "packets.matched", counts)}
      {isReading && (
        <progress
          value={packetCount === 0 ? 0 : scannedCount / packetCount}
          aria-label={t("packets.reading")}
        />
      )}
      {pages.isEndWanted && <span>{t("packets.toEnd")}</span>}
    </p>
  );
}

function GoTo({ pages, goTo, choose, leave }: BarProps): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState("");
  const frame = frameOf(text);
  const isThere = frame !== null && frame <= pages.status.packetCount;
  return (
    <form
      className={css["choice"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (isThere) choose(frame);
      }}
      onKeyDown={({ key }) => key === "Escape" && leave()}
    >
      <label htmlFor={id}>{t("packets.goTo")}</label>
      <input
        ref={goTo}
        id={id}
        value={text}
        onChange={({ target }) => setText(target.value)}
        inputMode="numeric"
        placeholder={t("packets.number")}
        aria-invalid={text !== "" && !isThere}
      />
    </form>
  );
}
