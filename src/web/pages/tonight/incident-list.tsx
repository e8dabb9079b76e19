import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { hostNameOf, type IncidentRow } from "../../api/incidents.ts";
import { Ago } from "../../parts/moment.tsx";
import { Severity } from "../../parts/severity.tsx";
import { useHeadline } from "../../words/headline.ts";
import css from "./tonight.module.css";

/** Incidents, the newest first, each with the answer's first sentence. */
export const IncidentList = ({ rows }: { rows: readonly IncidentRow[] }): React.ReactNode => (
  <ul className={css["rows"]}>
    {rows.map((row) => (
      <li key={row.incidentId}>
        <IncidentLine row={row} />
      </li>
    ))}
  </ul>
);

function IncidentLine({ row }: { row: IncidentRow }): React.ReactNode {
  const { t } = useTranslation();
  const headline = useHeadline();
  return (
    <Link href={`/incidents/${row.incidentId}`} className={css["row"]}>
      <span className={css["when"]}>
        <Ago time={row.openedAt} />
      </span>
      <span className={css["sentence"]}>{row.answer ? headline(row.answer) : row.summary}</span>
      <span className={css["state"]} data-state={row.state}>
        {t(`incident.${row.state}`)}
      </span>
      <span className={css["about"]}>
        <Severity value={row.severity} />
        {row.expected?.state === "met" && <span>{t("expect.met")}</span>}
        <span>{hostNameOf(row.resourceId)}</span>
        <span>{t("incident.alerts", { count: row.alertCount })}</span>
      </span>
    </Link>
  );
}
