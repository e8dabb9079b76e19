import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Moment } from "../../parts/moment.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Severity } from "../../parts/severity.tsx";
import css from "./incident.module.css";
import type { IncidentThings } from "./incident-things.ts";

/** The other hosts on which the same rule fired, and the reports of all of them; nothing where there are none. */
export function HostsPanel({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const { related, relatedCount } = things.incident;
  const reports = groupReportsOf(things);
  if (related.length === 0 && reports.length === 0) return null;
  const hostCount = new Set(related.map(({ host }) => host)).size;
  return (
    <Panel title={t("incident.otherHosts", { count: hostCount })}>
      {reports.length > 0 && (
        <p className={css["reports"]}>
          {t("incident.together")}
          {reports.map(({ title, link }) => (
            <a key={link} href={link} target="_blank" rel="noreferrer">
              {title}
            </a>
          ))}
        </p>
      )}
      <ul className={css["rows"]}>
        {related.map(({ incidentId, host, openedAt, severity, rule, state, sentence }) => (
          <li key={incidentId}>
            <Moment time={openedAt} />
            <span className={css["name"]}>
              <Link href={`/incidents/${incidentId}`}>{host}</Link>
              <small className={css["small"]}>
                <Severity value={severity} />
                <span>{rule}</span>
                <span>{t(`incident.${state}`)}</span>
              </small>
            </span>
            <span className={css["detail"]}>{sentence ?? t("incident.noAnswer")}</span>
          </li>
        ))}
      </ul>
      {relatedCount > related.length && (
        <p className={css["empty"]}>
          {t("table.omitted", { count: relatedCount - related.length })}
        </p>
      )}
    </Panel>
  );
}

/** Reports that the incident's captures share with others, each once. */
function groupReportsOf({ recordings, again }: IncidentThings): { title: string; link: string }[] {
  const captures = [...recordings.flatMap(({ capture }) => capture ?? []), ...again];
  const all = captures.flatMap(({ properties }) => properties.nightcap?.groupReports ?? []);
  return [...new Map(all.map((each) => [each.link, each])).values()];
}
