import { useTranslation } from "react-i18next";
import { Button } from "../../../parts/button.tsx";
import { Ago } from "../../../parts/moment.tsx";
import { useFormats } from "../../../words/moments.ts";
import type { History } from "./history.ts";
import css from "./pane.module.css";
import { QueryEntry } from "./query-entry.tsx";

/** What was run in this browser. */
export function HistoryList({
  history: { past, clear },
  open,
}: {
  history: History;
  open: (query: string, timespan: string | null) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  if (past.length === 0) return <p className={css["note"]}>{t("logs.noHistory")}</p>;
  return (
    <>
      <ul>
        {past.map(({ query, timespan, time, rowCount }) => (
          <QueryEntry
            key={query}
            title={query}
            query={query}
            about={
              <>
                <Ago time={time} />
                {" · "}
                {rowCount === null
                  ? t("logs.notAnswered")
                  : t("logs.rows", { count: rowCount, shown: number(rowCount) })}
              </>
            }
            open={() => open(query, timespan)}
          />
        ))}
      </ul>
      <Button kind="quiet" onClick={clear}>
        {t("logs.clearHistory")}
      </Button>
    </>
  );
}
