import { useTranslation } from "react-i18next";
import type { IncidentUpdate, WholeIncident } from "../../api/incidents.ts";
import { Moment } from "../../parts/moment.tsx";
import { Panel } from "../../parts/panel.tsx";
import css from "./incident.module.css";

/** What people were told, and how that went at each place. */
export function UpdatesPanel({ incident }: { incident: WholeIncident }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("incident.updates")}>
      <ul className={css["rows"]}>
        {incident.updates.map((update) => (
          <li key={update.revision}>
            <Moment time={update.at} />
            <span className={css["name"]}>
              {update.title}
              <details className={css["told"]}>
                <summary>{t("incident.words")}</summary>
                <pre tabIndex={0}>{update.text}</pre>
              </details>
            </span>
            <Deliveries update={update} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Deliveries({ update }: { update: IncidentUpdate }): React.ReactNode {
  const { t } = useTranslation();
  const { state, deliveries = [] } = update;
  if (deliveries.length === 0)
    return (
      <span className={css["detail"]}>
        {state === "sent" ? t("delivery.nobody") : t(`delivery.${state}`)}
      </span>
    );
  return (
    <ul className={css["deliveries"]}>
      {deliveries.map(({ target, state: reached, at, reason }) => (
        <li key={target} data-state={reached}>
          <b>{target}</b> {t(`delivery.${reached}`)} {at !== null && <Moment time={at} />}
          {reason !== null && <span className={css["detail"]}>: {reason}</span>}
        </li>
      ))}
    </ul>
  );
}
