import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { hostNameOf, type IncidentRow, useIncidentsNaming } from "../../api/incidents.ts";
import { useReport } from "../../api/reports.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Severity } from "../../parts/severity.tsx";
import css from "./traffic.module.css";
import { Skeleton } from "./view-panel.tsx";
import { useHeadline } from "../../words/headline.ts";

/** Reports that are looked through for processes. */
const reportsMax = 3;

/** Incidents that name the address, and the processes that talked with it as their recordings know them. */
export function IpIncidents({ address }: { address: string }): React.ReactNode {
  const { t } = useTranslation();
  const { data, error } = useIncidentsNaming(address);
  if (error) return <Notice kind="bad" title={t("flowAddress.incidents")} text={error.message} />;
  const rows = data?.value ?? [];
  const links = rows.flatMap(({ answer }) => (answer?.reportLink ? [answer.reportLink] : []));
  return (
    <>
      <Panel title={t("flowAddress.incidents")}>
        {data ? <Incidents rows={rows} /> : <Skeleton heightPixels={70} />}
      </Panel>
      <Panel title={t("flowAddress.processes")}>
        {data && links.length === 0 && (
          <p className={css["wait"]}>{t("flowAddress.noProcesses")}</p>
        )}
        <ul className={css["within"]}>
          {[...new Set(links)].slice(0, reportsMax).map((link) => (
            <Processes key={link} link={link} address={address} />
          ))}
        </ul>
      </Panel>
    </>
  );
}

function Incidents({ rows }: { rows: readonly IncidentRow[] }): React.ReactNode {
  const { t } = useTranslation();
  const headline = useHeadline();
  return (
    <DataTable<IncidentRow>
      label={t("flowAddress.incidents")}
      rows={rows}
      keyOf={({ incidentId }) => incidentId}
      columns={[
        {
          key: "opened",
          title: t("flowColumn.Time"),
          show: ({ openedAt }) => <Moment time={openedAt} />,
          sortBy: ({ openedAt }) => openedAt,
        },
        {
          key: "severity",
          title: t("flowAddress.severity"),
          show: ({ severity }) => <Severity value={severity} />,
          sortBy: ({ severity }) => severity,
        },
        {
          key: "host",
          title: t("flowAddress.host"),
          show: ({ resourceId }) => hostNameOf(resourceId),
          sortBy: ({ resourceId }) => hostNameOf(resourceId),
        },
        {
          key: "what",
          title: t("flowAddress.what"),
          show: ({ incidentId, answer, summary }) => (
            <Link href={`/incidents/${incidentId}`}>{answer ? headline(answer) : summary}</Link>
          ),
        },
      ]}
    />
  );
}

function Processes({ link, address }: { link: string; address: string }): React.ReactNode {
  const { t } = useTranslation();
  const { data, error } = useReport(link);
  if (error) return <li role="alert">{error.message}</li>;
  if (!data) return <li>{t("traffic.wait")}</li>;
  const names = data.conversations.items
    .filter(({ a, b }) => a === address || b === address)
    .flatMap(({ processes = [] }) => processes);
  const shown = [...new Set(names)];
  return (
    <li>
      {data.capture.name}: {shown.length === 0 ? t("flowAddress.noProcessThere") : shown.join(", ")}
    </li>
  );
}
