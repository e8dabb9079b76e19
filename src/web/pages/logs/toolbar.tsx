import { useTranslation } from "react-i18next";
import { Button } from "../../parts/button.tsx";
import { Select } from "../../parts/select.tsx";
import css from "./logs.module.css";
import { TimeRange } from "./time-range.tsx";
import type { Logs } from "./use-logs.ts";

const waits = [30, 180, 600] as const;

/** What is done with the query as a whole. */
export function Toolbar({
  logs: { run, runNow, cancel, timespan, setTimespan, waitSeconds, setWait },
  children,
}: {
  logs: Logs;
  children: React.ReactNode;
}): React.ReactNode {
  const { t } = useTranslation();
  const length = (seconds: number): string =>
    seconds < 60
      ? t("logs.seconds", { count: seconds })
      : t("logs.minutes", { count: seconds / 60 });
  return (
    <div className={css["bar"]} role="group" aria-label={t("logs.actions")}>
      {run.state === "running" ? (
        <Button key="run" kind="danger" onClick={cancel}>
          {t("logs.cancel")}
        </Button>
      ) : (
        <Button key="run" kind="first" onClick={runNow} aria-keyshortcuts="Shift+Enter">
          {t("logs.run")}
        </Button>
      )}
      <TimeRange timespan={timespan} choose={setTimespan} />
      <Select
        label={t("logs.wait")}
        value={String(waitSeconds)}
        choices={waits.map((seconds) => ({ value: String(seconds), words: length(seconds) }))}
        choose={(seconds) => setWait(Number(seconds))}
      />
      {children}
    </div>
  );
}
