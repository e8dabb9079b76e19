import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { createAction, useCaptures } from "../../api/captures.ts";
import { useIncidents } from "../../api/incidents.ts";
import { Button } from "../../parts/button.tsx";
import { useNow } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { type CaptureRow, entriesOf, filterRows, rowsOf, sortRows } from "./capture-rows.ts";
import { CaptureTable } from "./capture-table.tsx";
import css from "./captures.module.css";
import { FilterBar } from "./filter-bar.tsx";
import { SelectionBar } from "./selection-bar.tsx";
import { everything, useQuestion } from "./use-question.ts";

/** All packet captures that this person may see. */
export function CapturesPage(): React.ReactNode {
  const { t } = useTranslation();
  const mayCreate = useAllowed(createAction);
  const { data: captures, error } = useCaptures();
  const { data: incidents } = useIncidents();
  const rows = useMemo(() => rowsOf(captures ?? [], incidents?.value ?? []), [captures, incidents]);
  return (
    <div className={css["page"]}>
      <header className={css["head"]}>
        <h1>{t("page.captures")}</h1>
        {mayCreate && (
          <Link href="/captures/new" className={css["create"]}>
            {t("captures.create")}
          </Link>
        )}
      </header>
      {error && <Notice kind="bad" title={t("captures.none")} text={error.message} />}
      {captures && captures.length === 0 && (
        <Notice kind="calm" title={t("captures.empty")} text={t("captures.emptyText")} />
      )}
      {captures && <Found rows={rows} />}
    </div>
  );
}

function Found({ rows }: { rows: readonly CaptureRow[] }): React.ReactNode {
  const { t } = useTranslation();
  const state = useQuestion();
  const now = useNow();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const question = useDeferredValue(state.question);
  const found = useMemo(() => filterRows(rows, question, now), [rows, question, now]);
  const sorted = useMemo(() => sortRows(found, state.order), [found, state.order]);
  const entries = useMemo(() => entriesOf(sorted, turned), [sorted, turned]);
  const chosen = found.filter(({ id }) => selected.has(id));
  return (
    <>
      <FilterBar rows={rows} state={state} />
      <Panel
        title={t("captures.title", { count: found.length })}
        aside={
          state.isNarrowed && (
            <Button kind="quiet" onClick={() => state.change(everything)}>
              {t("captures.showAll", { count: rows.length })}
            </Button>
          )
        }
      >
        <SelectionBar chosen={chosen} clear={() => setSelected(new Set())} />
        <CaptureTable
          entries={entries}
          rows={sorted}
          state={state}
          selected={selected}
          select={setSelected}
          turn={(key) => setTurned((before) => before.symmetricDifference(new Set([key])))}
        />
      </Panel>
    </>
  );
}
