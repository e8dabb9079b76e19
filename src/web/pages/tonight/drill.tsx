import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Drill, drillKey, startDrill, startDrillAction, useDrill } from "../../api/drills.ts";
import { Button } from "../../parts/button.tsx";
import { Notice } from "../../parts/notice.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { useFormats } from "../../words/moments.ts";
import css from "./tonight.module.css";

/** Starts a rehearsed incident, for whoever may. */
export function DrillButton({ kind }: { kind: "first" | "quiet" }): React.ReactNode {
  const { t } = useTranslation();
  const mayStart = useAllowed(startDrillAction);
  const queries = useQueryClient();
  const { data: drill } = useDrill();
  const start = useMutation({
    mutationFn: startDrill,
    onSuccess: (begun) => queries.setQueryData(drillKey, begun),
  });
  if (!mayStart) return null;
  return (
    <>
      <Button
        kind={kind}
        isBusy={start.isPending || drill?.state === "running"}
        onClick={() => start.mutate()}
      >
        {t("drill.start")}
      </Button>
      {start.error && (
        <p role="alert" className={css["refusal"]}>
          {start.error.message}
        </p>
      )}
    </>
  );
}

/** The drill that is under way, step by step, and for a while how the last one ended. */
export function DrillProgress(): React.ReactNode {
  const { t } = useTranslation();
  const { data: drill } = useDrill();
  if (!drill) return null;
  if (drill.state === "failed")
    return <Notice kind="warn" title={t("drill.failed")} text={drill.problem ?? undefined} />;
  return (
    <section className={css["drill"]} aria-label={t("drill.title")} data-state={drill.state}>
      <h2>{t(`drill.${drill.state}`)}</h2>
      <ol aria-live="polite">
        {drill.steps.map((step, at) => (
          <DrillStep key={at} step={step} />
        ))}
      </ol>
      {drill.incidentId !== null && (
        <Link href={`/incidents/${drill.incidentId}`}>{t("drill.open")}</Link>
      )}
    </section>
  );
}

function DrillStep({ step }: { step: Drill["steps"][number] }): React.ReactNode {
  const { number } = useFormats();
  const { text, milliseconds } = step;
  return (
    <li>
      <span className={css["after"]}>
        {milliseconds === null ? "" : `+${number(Math.round(milliseconds / 100) / 10)} s`}
      </span>
      <span lang="en">{text}</span>
    </li>
  );
}
