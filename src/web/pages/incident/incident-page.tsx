import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useCaptures } from "../../api/captures.ts";
import {
  hostNameOf,
  type IncidentCapture,
  useIncident,
  type WholeIncident,
} from "../../api/incidents.ts";
import { useReport } from "../../api/reports.ts";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Severity } from "../../parts/severity.tsx";
import { ChangePanel } from "../../report/change-panel.tsx";
import { Findings } from "../../report/findings.tsx";
import { Conversations } from "../../report/traffic-tab.tsx";
import css from "./incident.module.css";

/** One incident from top to bottom: what is said of it, what fired, what was recorded, who was told. */
export function IncidentPage({ id }: { id: string }): React.ReactNode {
  const { t } = useTranslation();
  const { data: incident, error } = useIncident(id);
  if (error) return <Notice kind="bad" title={t("incident.none")} text={error.message} />;
  if (!incident) return null;
  return (
    <article className={css["incident"]}>
      <header className={css["head"]}>
        <p className={css["about"]}>
          <Severity value={incident.severity} />
          <span>{hostNameOf(incident.resourceId)}</span>
          <Moment time={incident.openedAt} />
          <span>{t(`incident.${incident.state}`)}</span>
        </p>
        <h1>{incident.answer?.sentence ?? incident.summary}</h1>
        {incident.answer && <p className={css["summary"]}>{incident.summary}</p>}
        {incident.answer?.reportLink && (
          <a href={incident.answer.reportLink}>{t("incident.report")}</a>
        )}
      </header>
      <Story incident={incident} />
      <Alerts incident={incident} />
      <Recordings incident={incident} />
      <Updates incident={incident} />
    </article>
  );
}

/** What the packets of the newest answer say. */
function Story({ incident }: { incident: WholeIncident }): React.ReactNode {
  const { t } = useTranslation();
  const { data: report, error } = useReport(incident.answer?.reportLink ?? null);
  if (error) return <Notice kind="warn" title={t("captures.noReport")} text={error.message} />;
  if (!report) return null;
  return (
    <>
      {report.change && <ChangePanel change={report.change} isTold />}
      <Findings findings={report.findings} />
      <Panel title={t("traffic.conversations")}>
        <Conversations talks={report.conversations} />
      </Panel>
    </>
  );
}

function Alerts({ incident }: { incident: WholeIncident }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("incident.alerts", { count: incident.alerts.length })}>
      <ul className={css["rows"]}>
        {incident.alerts.map((alert) => (
          <li key={alert.key}>
            <Moment time={alert.firedTime} />
            <span className={css["name"]}>{alert.rule}</span>
            <span className={css["detail"]}>
              {t(`role.${alert.role}`)}
              {alert.why === null ? "" : `: ${alert.why}`}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Recordings({ incident }: { incident: WholeIncident }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("incident.recordings")}>
      <ul className={css["rows"]}>
        {incident.captures.map((capture) => (
          <li key={capture.recordingId}>
            <Moment time={capture.moment} />
            <span className={css["name"]}>
              <CaptureName capture={capture} />
            </span>
            <span className={css["detail"]}>
              {t(`recording.${capture.state}`)}
              {capture.why === null ? "" : `: ${capture.why}`}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Updates({ incident }: { incident: WholeIncident }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("incident.updates")}>
      <ul className={css["rows"]}>
        {incident.updates.map((update) => (
          <li key={update.revision}>
            <Moment time={update.at} />
            <span className={css["name"]}>{update.title}</span>
            <span className={css["detail"]}>{t(`delivery.${update.state}`)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function CaptureName({ capture }: { capture: IncidentCapture }): React.ReactNode {
  const { data: captures = [] } = useCaptures();
  const { captureId, captureName, rule } = capture;
  const found = captures.find(({ id }) => id.toLowerCase() === captureId?.toLowerCase());
  const { sessionId } = found?.properties.nightcap ?? {};
  if (sessionId === undefined) return captureName ?? rule;
  return <Link href={`/captures/${sessionId}`}>{captureName ?? rule}</Link>;
}
