import { useTranslation } from "react-i18next";
import { Button } from "../../parts/button.tsx";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";
import { useValueText } from "./value-text.ts";

/** The conditions that hold, each with a way to take it away. */
export function FilterChips({ state }: { state: QuestionState }): React.ReactNode {
  const { t, i18n } = useTranslation();
  const textOf = useValueText();
  const filters = Object.entries(state.question.filters);
  if (filters.length === 0) return null;
  return (
    <ul className={css["chips"]} aria-label={t("traffic.conditions")}>
      {filters.map(([filter, value]) => {
        const key = `filter.${filter}`;
        const name = i18n.exists(key) ? t(key) : filter;
        const shown = textOf(filter, value);
        return (
          <li key={filter}>
            <button
              type="button"
              className={css["chip"]}
              onClick={() => state.change({ [filter]: null })}
              aria-label={t("traffic.without", { name, value: shown })}
            >
              <span>{name}</span> {shown} <span aria-hidden="true">✕</span>
            </button>
          </li>
        );
      })}
      {filters.length > 1 && (
        <li>
          <Button
            kind="quiet"
            onClick={() => state.change(Object.fromEntries(filters.map(([name]) => [name, null])))}
          >
            {t("traffic.clear")}
          </Button>
        </li>
      )}
    </ul>
  );
}
