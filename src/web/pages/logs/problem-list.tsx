import { useTranslation } from "react-i18next";
import type { Problem } from "./editor/controls.ts";
import css from "./logs.module.css";

/** What is wrong, in words and with its place: a press goes there. */
export function ProblemList({
  problems,
  goTo,
}: {
  problems: readonly Problem[];
  goTo: (problem: Problem) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <ul className={css["problems"]} aria-label={t("logs.problems")} aria-live="polite">
      {problems.map((problem) => {
        const { line, column, message } = problem;
        return (
          <li key={`${line} ${column} ${message}`}>
            <button type="button" onClick={() => goTo(problem)}>
              {t("logs.place", { line, column })}
            </button>
            {message}
          </li>
        );
      })}
    </ul>
  );
}
