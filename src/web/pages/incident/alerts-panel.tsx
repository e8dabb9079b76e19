import { useTranslation } from "react-i18next";
import type { WholeIncident } from "../../api/incidents.ts";
import { Moment } from "../../parts/moment.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Severity } from "../../parts/severity.tsx";
import css from "./incident.module.css";

/** What fired, and what became of each. */
export function AlertsPanel({ incident }: { incident: WholeIncident }): React.ReactNode {
  const { t } = useTranslation();
  const { alerts } = incident;
  return (
    <Panel title={t("incident.alerts", { count: alerts.length })}>
      <ul className={css["rows"]}>
        {alerts.map(({ key, rule, severity, metric, role, why, firedTime, resolvedAt }) => (
          <li key={key}>
            <Moment time={firedTime} />
            <span className={css["name"]}>
              {rule}
              <small className={css["small"]}>
                <Severity value={severity} />
                {metric !== undefined && <span>{metric}</span>}
              </small>
            </span>
            <span className={css["detail"]}>
              {t(`role.${role}`)}
              {why === null ? "" : `: ${why}`}
              {resolvedAt !== null && (
                <small className={css["small"]}>
                  <span>{t("incident.resolved")}</span>
                  <Moment time={resolvedAt} />
                </small>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
