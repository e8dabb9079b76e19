import { useTranslation } from "react-i18next";
import { type Capture, hostOf, useCaptures } from "../../api/captures.ts";
import { useReport } from "../../api/reports.ts";
import { Notice } from "../../parts/notice.tsx";
import { ReportView } from "../../report/report-view.tsx";
import { CaptureActions } from "./capture-actions.tsx";
import css from "./capture.module.css";

/** One recording, by the name that it has for ever. */
export function CapturePage({ sessionId }: { sessionId: string }): React.ReactNode {
  const { t } = useTranslation();
  const { data: captures, error } = useCaptures();
  const capture = captures?.find(({ properties }) => properties.nightcap?.sessionId === sessionId);
  if (error) return <Notice kind="bad" title={t("captures.none")} text={error.message} />;
  if (!captures) return null;
  if (!capture)
    return <Notice kind="warn" title={t("captures.gone")} text={t("captures.goneText")} />;
  return <Whole capture={capture} />;
}

function Whole({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { phase = "waiting", report, sha256 } = capture.properties.nightcap ?? {};
  const { data, error } = useReport(report?.link ?? null);
  return (
    <article className={css["capture"]}>
      <header>
        <p className={css["about"]}>
          <span>{hostOf(capture)}</span>
          <span>{t(`phase.${phase}`)}</span>
          {report && (
            <a href={report.link} target="_blank" rel="noreferrer">
              {t("incident.report")}
            </a>
          )}
        </p>
        <h1>{capture.name}</h1>
        {sha256 != null && <code className={css["hash"]}>SHA-256 {sha256}</code>}
      </header>
      <CaptureActions capture={capture} />
      {error && <Notice kind="bad" title={t("captures.noReport")} text={error.message} />}
      {!report && <Notice kind="calm" title={t("captures.notYet")} text={t(`phase.${phase}`)} />}
      {data && <ReportView report={data} />}
    </article>
  );
}
