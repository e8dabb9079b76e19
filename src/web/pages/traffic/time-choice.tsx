import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Select } from "../../parts/select.tsx";
import { type QuestionState, timespans } from "./question.ts";
import css from "./traffic.module.css";

const dayMs = 86_400_000;
const spanDaysMax = 92;
const own = "own";

/** The last hours or days, or a time from a calendar. */
export function TimeChoice({
  question: { timespan },
  change,
}: Pick<QuestionState, "question" | "change">): React.ReactNode {
  const { t } = useTranslation();
  const isRange = timespan.includes("/");
  const [isOpen, setOpen] = useState(isRange);
  const choose = (value: string): void => {
    setOpen(value === own);
    if (value !== own) change({ timespan: value });
  };
  return (
    <>
      <Select
        label={t("traffic.timespan")}
        value={isRange || isOpen ? own : timespan}
        choices={[
          ...timespans.map((value) => ({ value: value as string, words: t(`timespan.${value}`) })),
          { value: own, words: t("traffic.ownTime") },
        ]}
        choose={choose}
      />
      {(isRange || isOpen) && <Range key={timespan} timespan={timespan} change={change} />}
    </>
  );
}

function Range({
  timespan,
  change,
}: {
  timespan: string;
  change: QuestionState["change"];
}): React.ReactNode {
  const { t } = useTranslation();
  const [first = "", second = ""] = timespan.includes("/") ? timespan.split("/") : lastDay();
  const [from, setFrom] = useState(localText(first));
  const [to, setTo] = useState(localText(second));
  const lengthMs = Date.parse(to) - Date.parse(from);
  const isWrong = !(lengthMs > 0 && lengthMs <= spanDaysMax * dayMs);
  return (
    <form
      className={css["range"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWrong) change({ timespan: `${utcText(from)}/${utcText(to)}` });
      }}
    >
      <Field
        label={t("traffic.from")}
        type="datetime-local"
        value={from}
        onChange={({ target }) => setFrom(target.value)}
        required
      />
      <Field
        label={t("traffic.to")}
        type="datetime-local"
        value={to}
        onChange={({ target }) => setTo(target.value)}
        required
      />
      <Button type="submit" disabled={isWrong}>
        {t("traffic.ask")}
      </Button>
      {isWrong && <p role="alert">{t("traffic.wrongTime", { days: spanDaysMax })}</p>}
    </form>
  );
}

const lastDay = (): [string, string] => {
  const now = Date.now();
  return [new Date(now - dayMs).toISOString(), new Date(now).toISOString()];
};

/** As an input of the browser has it: in the reader's zone, to the minute. */
export function localText(time: string): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const utcText = (local: string): string => `${new Date(local).toISOString().slice(0, 16)}Z`;
