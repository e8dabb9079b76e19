import { useTranslation } from "react-i18next";
import { hostNameOf, useIncident, type WholeIncident } from "../../api/incidents.ts";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Severity } from "../../parts/severity.tsx";
import { AlertsPanel } from "./alerts-panel.tsx";
import { BlocksPanel } from "./block/blocks-panel.tsx";
import { ExpectedNotice } from "./expect/expected-notice.tsx";
import { ComparePanel } from "./compare/compare-panel.tsx";
import { restOf, useHeadline } from "../../words/headline.ts";
import css from "./incident.module.css";
import { HostsPanel } from "./hosts-panel.tsx";
import { IncidentActions } from "./incident-actions.tsx";
import { PicturePanel } from "./picture/picture-panel.tsx";
import { RecordingsPanel } from "./recordings-panel.tsx";
import { Story } from "./story.tsx";
import { UpdatesPanel } from "./updates-panel.tsx";
import { useIncidentThings } from "./incident-things.ts";

/** One incident from top to bottom: what is said of it, what fired, what was recorded, who was told. */
export function IncidentPage({ id }: { id: string }): React.ReactNode {
  const { t } = useTranslation();
  const { data: incident, error } = useIncident(id);
  if (error) return <Notice kind="bad" title={t("incident.none")} text={error.message} />;
  return incident ? <Whole incident={incident} /> : null;
}

function Whole({ incident }: { incident: WholeIncident }): React.ReactNode {
  const things = useIncidentThings(incident);
  return (
    <article className={css["incident"]}>
      <Head incident={incident} />
      <ExpectedNotice incident={incident} />
      <IncidentActions things={things} />
      <BlocksPanel things={things} />
      <HostsPanel things={things} />
      <div className={css["pair"]}>
        <PicturePanel things={things} />
        <ComparePanel things={things} />
      </div>
      <Story things={things} />
      <div className={css["pair"]}>
        <AlertsPanel incident={incident} />
        <RecordingsPanel things={things} />
      </div>
      <UpdatesPanel incident={incident} />
    </article>
  );
}

function Head({ incident }: { incident: WholeIncident }): React.ReactNode {
  const { t } = useTranslation();
  const { severity, resourceId, openedAt, closedAt, state, answer, summary } = incident;
  const headline = useHeadline();
  const first = answer && headline(answer);
  return (
    <header className={css["head"]}>
      <p className={css["about"]}>
        <Severity value={severity} />
        <span>{hostNameOf(resourceId)}</span>
        <Moment time={openedAt} />
        <span>
          {t(`incident.${state}`)}
          {closedAt !== null && (
            <>
              {" "}
              <Moment time={closedAt} />
            </>
          )}
        </span>
      </p>
      <h1>{first ?? summary}</h1>
      {answer && first !== null && first !== answer.sentence && (
        <p lang="en" className={css["rest"]}>
          {restOf(answer.sentence, first)}
        </p>
      )}
      {answer && <p className={css["summary"]}>{summary}</p>}
      {answer?.reportLink && (
        <p>
          <a href={answer.reportLink} target="_blank" rel="noreferrer">
            {t("incident.report")}
          </a>
        </p>
      )}
    </header>
  );
}
