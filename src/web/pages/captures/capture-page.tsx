import { useTranslation } from "react-i18next";
import { type Capture, hostOf } from "../../api/capture.ts";
import { useCaptures } from "../../api/captures.ts";
import { useReport } from "../../api/reports.ts";
import { useStoredBook } from "../../packets/use-stored-book.ts";
import { Notice } from "../../parts/notice.tsx";
import { ReportView } from "../../report/report-view.tsx";
import { CaptureActions } from "./capture-actions.tsx";
import { CaptureFacts, CaptureTroubles } from "./capture-facts.tsx";
import css from "./capture.module.css";
import { KeepPanel } from "./keep-panel.tsx";

/** One recording, by the name that it has for ever. */
export function CapturePage({ id }: { id: string }): React.ReactNode {
  const { t } = useTranslation();
  const { data: captures, error } = useCaptures();
  const capture = captures?.find(({ properties }) => properties.nightcap?.sessionId === id);
  if (error) return <Notice kind="bad" title={t("captures.none")} text={error.message} />;
  if (!captures) return null;
  if (!capture)
    return <Notice kind="warn" title={t("captures.gone")} text={t("captures.goneText")} />;
  return <Whole capture={capture} />;
}

function Whole({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { nightcap } = capture.properties;
  const { phase = "waiting", report, sha256 } = nightcap ?? {};
  const { data, error } = useReport(report?.link ?? null);
  const book = useStoredBook(capture);
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
      <CaptureTroubles capture={capture} />
      <details className={css["details"]} open={!report}>
        <summary>{t("captureFacts.about")}</summary>
        <div className={css["capture"]}>
          <CaptureFacts capture={capture} />
          {nightcap && <KeepPanel recording={nightcap} />}
        </div>
      </details>
      {error && <Notice kind="bad" title={t("captures.noReport")} text={error.message} />}
      {!report && <Notice kind="calm" title={t("captures.notYet")} text={t(`phase.${phase}`)} />}
      {data && <ReportView report={data} book={book} />}
    </article>
  );
}
