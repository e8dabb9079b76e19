import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Notice } from "../../parts/notice.tsx";
import { useFormats } from "../../words/moments.ts";
import { failureOf } from "./query-problems.ts";
import type { Run } from "./use-run.ts";
import css from "./logs.module.css";

/** Nothing is said of a query that is answered sooner. */
const silentMs = 1_000;
const stepMilliseconds = 200;

/** How the query goes while it has no answer. */
export function RunState({ run }: { run: Run }): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const seconds = (ms: number): string => number(Math.round(ms / 100) / 10);
  if (run.state === "running") return <Progress startedMs={run.startedMs} />;
  if (run.state === "cancelled") {
    const text = t("logs.cancelledText", { seconds: seconds(run.tookMs) });
    return <Notice kind="calm" title={t("logs.cancelled")} text={text} />;
  }
  if (run.state !== "failed") return null;
  return <Notice kind="bad" title={t("logs.failed")} text={failureOf(run.error).message} />;
}

function Progress({ startedMs }: { startedMs: number }): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const [tookMs, setTookMs] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTookMs(performance.now() - startedMs), stepMilliseconds);
    return () => clearInterval(timer);
  }, [startedMs]);
  if (tookMs < silentMs) return null;
  return (
    <div className={css["progress"]}>
      <progress aria-label={t("logs.running")} />
      <span aria-hidden="true">
        {t("logs.runningFor", { seconds: number(Math.floor(tookMs / 1_000)) })}
      </span>
    </div>
  );
}
