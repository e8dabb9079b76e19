import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type FiredAlert, useFiredAlerts, useIncidentOf } from "../../api/fired-alerts.ts";
import { useParameters } from "../../parts/address.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import { Severity } from "../../parts/severity.tsx";
import { AlertDialog } from "./alert-dialog.tsx";
import { secondsWords } from "./durations.ts";
import css from "./alerts.module.css";
import { severityOf } from "./names.ts";

const filters = {
  rule: ({ name }: FiredAlert) => name,
  host: ({ properties }: FiredAlert) => properties.essentials.targetResourceName,
  severity: ({ properties }: FiredAlert) => properties.essentials.severity,
  state: ({ properties }: FiredAlert) => properties.essentials.monitorCondition,
  response: ({ properties }: FiredAlert) => properties.essentials.alertState,
} as const;
type Filter = keyof typeof filters;
const filterNames = Object.keys(filters) as Filter[];
/** Rows that are drawn; filters find the others. */
const shownCountMax = 500;

/** What fired in the last thirty days, and when it was over. */
export function HistoryPart(): React.ReactNode {
  const { t } = useTranslation();
  const [parameters] = useParameters();
  const { data: alerts, error } = useFiredAlerts();
  if (error) return <Notice kind="bad" title={t("alerts.noHistory")} text={error.message} />;
  if (!alerts) return null;
  if (alerts.length === 0) {
    return <Notice kind="calm" title={t("alerts.quiet")} text={t("alerts.quietText")} />;
  }
  const wanted = alerts.filter((alert) =>
    filterNames.every((name) => {
      const value = parameters.get(name);
      return value === null || filters[name](alert) === value;
    }),
  );
  return (
    <>
      <HistoryBar alerts={alerts} />
      <Panel title={t("alerts.fired", { count: wanted.length })}>
        <HistoryTable alerts={wanted} />
      </Panel>
    </>
  );
}

function HistoryBar({ alerts }: { alerts: readonly FiredAlert[] }): React.ReactNode {
  const { t } = useTranslation();
  const [parameters, change] = useParameters();
  const words = (name: Filter, value: string): string => {
    if (name === "state") return t(`alertCondition.${value}`);
    if (name === "response") return t(`alertResponse.${value}`);
    return name === "severity" ? t(`severity.${severityOf(value)}`) : value;
  };
  return (
    <div className={css["bar"]}>
      {filterNames.map((name) => (
        <Select
          key={name}
          label={t(`historyFilter.${name}`)}
          value={parameters.get(name) ?? ""}
          choices={[
            { value: "", words: t("alerts.any") },
            ...[...new Set(alerts.map(filters[name]))]
              .toSorted()
              .map((value) => ({ value, words: words(name, value) })),
          ]}
          choose={(value) => change({ [name]: value })}
        />
      ))}
    </div>
  );
}

const durationOf = ({ properties }: FiredAlert): number | null => {
  const { startDateTime, monitorConditionResolvedDateTime: end } = properties.essentials;
  if (end === undefined) return null;
  return Math.max(1, Math.round((Date.parse(end) - Date.parse(startDateTime)) / 1_000));
};

function HistoryTable({ alerts }: { alerts: readonly FiredAlert[] }): React.ReactNode {
  const { t, i18n } = useTranslation();
  const incidentOf = useIncidentOf();
  const lasted = (alert: FiredAlert): string => {
    const seconds = durationOf(alert);
    return seconds === null ? "–" : secondsWords(seconds, i18n.language);
  };
  return (
    <DataTable<FiredAlert>
      label={t("alertPart.history")}
      rows={alerts.slice(0, shownCountMax)}
      omitted={Math.max(0, alerts.length - shownCountMax)}
      keyOf={({ id }) => id}
      columns={[
        {
          key: "time",
          title: t("figure.time"),
          show: ({ properties }) => <Moment time={properties.essentials.startDateTime} />,
          sortBy: ({ properties }) => properties.essentials.startDateTime,
        },
        { key: "rule", title: t("historyFilter.rule"), show: filters.rule, sortBy: filters.rule },
        { key: "host", title: t("historyFilter.host"), show: filters.host, sortBy: filters.host },
        {
          key: "severity",
          title: t("alerts.severity"),
          show: (alert) => <Severity value={severityOf(filters.severity(alert))} />,
          sortBy: filters.severity,
        },
        {
          key: "state",
          title: t("column.state"),
          show: (alert) => (
            <span
              className={css["state"]}
              data-state={filters.state(alert) === "Fired" ? "firing" : "ok"}
            >
              {t(`alertCondition.${filters.state(alert)}`)}
            </span>
          ),
          sortBy: filters.state,
        },
        {
          key: "response",
          title: t("historyFilter.response"),
          show: (alert) => (
            <div className={css["response"]}>
              <span data-response={filters.response(alert)}>
                {t(`alertResponse.${filters.response(alert)}`)}
              </span>
              <AlertDialog alert={alert} />
            </div>
          ),
          sortBy: filters.response,
        },
        {
          key: "lasted",
          title: t("alerts.lasted"),
          show: lasted,
          sortBy: (alert) => durationOf(alert) ?? Number.MAX_SAFE_INTEGER,
        },
        {
          key: "incident",
          title: t("alerts.incident"),
          show: (alert) => <IncidentLink id={incidentOf(alert)} name={alert.name} />,
        },
      ]}
    />
  );
}

function IncidentLink({ id, name }: { id: string | null; name: string }): React.ReactNode {
  const { t } = useTranslation();
  if (id === null) return "–";
  return (
    <Link href={`/incidents/${id}`} aria-label={t("alerts.incidentOf", { name })}>
      {t("alerts.open")}
    </Link>
  );
}
