import { useTranslation } from "react-i18next";
import { examples } from "./examples.ts";
import css from "./pane.module.css";
import { QueryEntry } from "./query-entry.tsx";
import { useFilledTables } from "./use-filled-tables.ts";

/** Queries to begin with: those whose tables have rows; where none has, all of them. */
export function ExampleList({
  target,
  open,
}: {
  target: string;
  open: (query: string) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const { data: filled } = useFilledTables(target);
  const ready = examples.filter(({ table }) => filled?.has(table));
  const shown = ready.length > 0 ? ready : examples;
  return (
    <>
      {filled && ready.length === 0 && <p className={css["note"]}>{t("logs.noFilled")}</p>}
      <ul>
        {shown.map(({ name, table, query }) => (
          <QueryEntry
            key={name}
            title={t(`logsExample.${name}`)}
            about={table}
            query={query}
            open={() => open(query)}
          />
        ))}
      </ul>
    </>
  );
}
