import { useTranslation } from "react-i18next";
import type { CaptureHold, Recording } from "../../api/capture.ts";
import { classAction, setClass } from "../../api/keeping.ts";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import css from "./capture.module.css";
import { HoldButton, useCaptureChange } from "./hold-button.tsx";

/** How long the files are kept, and whether a legal hold keeps them from everybody. */
export function KeepPanel({ recording }: { recording: Recording }): React.ReactNode {
  const { t } = useTranslation();
  const { class: kind, hold = null, removed } = recording;
  if (kind === undefined) return null;
  return (
    <Panel title={t("captureKeep.title")}>
      <div className={css["keep"]}>
        <ClassChoice sessionId={recording.sessionId} kind={kind} />
        {hold ? <Held hold={hold} /> : <p>{t("captureKeep.notHeld")}</p>}
        {!removed && <HoldButton sessionId={recording.sessionId} isHeld={hold !== null} />}
        {removed && (
          <Notice
            kind="warn"
            title={t("captureKeep.removed")}
            text={`${removed.why}: ${removed.detail}`}
          />
        )}
      </div>
    </Panel>
  );
}

function ClassChoice({
  sessionId,
  kind,
}: {
  sessionId: string;
  kind: "evidence" | "bulk";
}): React.ReactNode {
  const { t } = useTranslation();
  const mayChange = useAllowed(classAction);
  const change = useCaptureChange((name: "evidence" | "bulk") => setClass(sessionId, name));
  const words = (value: string): string => t(`captureFilter.classes.${value}`);
  if (!mayChange) {
    return (
      <p>
        {t("captureFilter.class")}: {words(kind)}
      </p>
    );
  }
  return (
    <>
      <Select
        label={t("captureFilter.class")}
        value={change.isPending ? (change.variables ?? kind) : kind}
        choices={(["evidence", "bulk"] as const).map((value) => ({ value, words: words(value) }))}
        choose={(value) => change.mutate(value)}
      />
      {change.error && (
        <Notice kind="bad" title={t("capture.notDone")} text={change.error.message} />
      )}
    </>
  );
}

function Held({ hold: { by, time, reason } }: { hold: CaptureHold }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <p>
      <strong>{t("captureKeep.held")}</strong> {reason} ({by}, <Moment time={time} />)
    </p>
  );
}
