import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "../../parts/field.tsx";
import { Select } from "../../parts/select.tsx";
import { type Interval, intervalOf, localText, timespanOf, timespans } from "./timespans.ts";
import css from "./logs.module.css";

const inQuery = "query";
const custom = "custom";
const hourMs = 3_600_000;

/** Which time is asked for: up to now, from a moment to a moment, or as the query says by itself. */
export function TimeRange({
  timespan,
  choose,
}: {
  timespan: string | null;
  choose: (timespan: string | null) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const known: readonly string[] = timespans;
  const isCustom = timespan !== null && intervalOf(timespan) !== null;
  const other = timespan !== null && !isCustom && !known.includes(timespan) ? [timespan] : [];
  const words = (value: string): string => (known.includes(value) ? t(`logsSpan.${value}`) : value);
  return (
    <>
      <Select
        label={t("logs.timespan")}
        value={isCustom ? custom : (timespan ?? inQuery)}
        choices={[
          ...[...known, ...other].map((value) => ({ value, words: words(value) })),
          { value: custom, words: t("logsSpan.custom") },
          { value: inQuery, words: t("logsSpan.query") },
        ]}
        choose={(value) => {
          if (value === inQuery) choose(null);
          else choose(value === custom ? lastHour() : value);
        }}
      />
      {isCustom && <Ends key={timespan} timespan={timespan} choose={choose} />}
    </>
  );
}

const lastHour = (): string | null => {
  const now = Date.now();
  return timespanOf({ from: localText(now - hourMs), to: localText(now) });
};

function Ends({
  timespan,
  choose,
}: {
  timespan: string;
  choose: (timespan: string) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const [ends, setEnds] = useState<Interval>(intervalOf(timespan) ?? { from: "", to: "" });
  const isWrong = timespanOf(ends) === null;
  const end = (name: "from" | "to"): React.ReactNode => (
    <Field
      label={t(`logsSpan.${name}`)}
      type="datetime-local"
      step={1}
      value={ends[name]}
      aria-invalid={isWrong}
      onChange={({ target }) => setEnds({ ...ends, [name]: target.value })}
      onBlur={() => {
        const chosen = timespanOf(ends);
        if (chosen !== null && chosen !== timespan) choose(chosen);
      }}
    />
  );
  return (
    <div className={css["ends"]}>
      {end("from")}
      {end("to")}
    </div>
  );
}
