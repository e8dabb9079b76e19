import { useTranslation } from "react-i18next";
import { type FlowAnswer, useFlowView } from "../../api/flow-views.ts";
import { Button } from "../../parts/button.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { KqlButton } from "./kql-button.tsx";
import { NotTaken } from "./not-taken.tsx";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";
import { ViewTable } from "./view-table.tsx";

/** One of the portal's views: its picture or its rows, the query behind them, and what opens behind a row. */
export function ViewPanel({
  view,
  state,
  top,
  title,
  draw,
  rows = "shown",
  heightPixels = 180,
  without = [],
}: {
  view: string;
  state: QuestionState;
  top?: number;
  /** Instead of the view's own. */
  title?: string;
  /** Shown above the rows. */
  draw?: (answer: FlowAnswer) => React.ReactNode;
  /** Folded away below a picture, for those who want numbers, or left to the picture. */
  rows?: "shown" | "folded" | "none";
  /** Of the place that is kept until it is there. */
  heightPixels?: number;
  /** Columns that are not shown. */
  without?: readonly string[];
}): React.ReactNode {
  const { t } = useTranslation();
  const { data, error, isPlaceholderData, refetch } = useFlowView(view, {
    ...state.question,
    ...(top === undefined ? {} : { top }),
  });
  const name = title ?? t(`view.${view}`);
  return (
    <Panel
      title={name}
      aside={
        <span className={css["aside"]}>
          <NotTaken view={view} question={state.question} />
          {data && !isPlaceholderData && <KqlButton answer={data} title={name} />}
        </span>
      }
    >
      {error && (
        <Notice kind="bad" title={t("traffic.noView")} text={error.message}>
          <p>
            <Button onClick={() => void refetch()}>{t("traffic.again")}</Button>
          </p>
        </Notice>
      )}
      {data && !error && (
        <div data-old={isPlaceholderData} className={css["answer"]}>
          {data.rows.length > 0 && draw?.(data)}
          <Rows answer={data} state={state} without={without} how={rows} />
        </div>
      )}
      {!data && !error && <Skeleton heightPixels={heightPixels} />}
    </Panel>
  );
}

function Rows({
  answer,
  state,
  without,
  how,
}: {
  answer: FlowAnswer;
  state: QuestionState;
  without: readonly string[];
  how: "shown" | "folded" | "none";
}): React.ReactNode {
  const { t } = useTranslation();
  const table = <ViewTable answer={answer} state={state} without={without} />;
  if (how === "shown" || answer.rows.length === 0) return table;
  if (how === "none") return null;
  return (
    <details className={css["numbers"]}>
      <summary>{t("traffic.numbers")}</summary>
      {table}
    </details>
  );
}

/** Keeps the place of what comes, so that nothing jumps. */
export function Skeleton({ heightPixels }: { heightPixels: number }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <p className={css["skeleton"]} style={{ minHeight: heightPixels }} role="status">
      {t("traffic.wait")}
    </p>
  );
}
