import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import {
  type Place,
  removeAction,
  removeQuery,
  savedQueriesKey,
  type SavedQuery,
  useSavedQueries,
} from "../../../api/saved-queries.ts";
import { Button } from "../../../parts/button.tsx";
import { Notice } from "../../../parts/notice.tsx";
import { useAllowed } from "../../../shell/session-context.ts";
import css from "./pane.module.css";
import { QueryEntry } from "./query-entry.tsx";

/** Queries that are kept in the workspace, by their categories. */
export function SavedList({
  place,
  open,
}: {
  place: Place;
  open: (query: string) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const { data: saved, error } = useSavedQueries(place);
  if (error) return <Notice kind="bad" title={t("logs.noSaved")} text={error.message} />;
  if (saved?.length === 0) return <p className={css["note"]}>{t("logs.noneSaved")}</p>;
  const categories = Map.groupBy(saved ?? [], ({ properties }) => properties.category);
  return Array.from(categories, ([category, queries]) => (
    <section key={category}>
      <h3 className={css["category"]}>{category}</h3>
      <ul>
        {queries.map((one) => (
          <QueryEntry
            key={one.id}
            title={one.properties.displayName}
            query={one.properties.query}
            open={() => open(one.properties.query)}
          >
            <RemoveButton saved={one} />
          </QueryEntry>
        ))}
      </ul>
    </section>
  ));
}

function RemoveButton({ saved }: { saved: SavedQuery }): React.ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeQuery(saved),
    onSuccess: () => queries.invalidateQueries({ queryKey: savedQueriesKey }),
  });
  if (!useAllowed(removeAction)) return null;
  return (
    <Button
      kind="quiet"
      isBusy={remove.isPending}
      aria-label={t("logs.removeSaved", { name: saved.properties.displayName })}
      onClick={() => remove.mutate()}
    >
      ✕
    </Button>
  );
}
