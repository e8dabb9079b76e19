import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type HostRow, joinAction, useHosts } from "../../api/hosts.ts";
import { useParameters } from "../../parts/address.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Field } from "../../parts/field.tsx";
import { Ago } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { EnrolDialog } from "./enrol-dialog.tsx";
import { hostsWith, longestReach, rankOf, reachOf, worstFirst } from "./host-order.ts";
import { HostSign } from "./host-sign.tsx";
import css from "./hosts.module.css";
import { Reach } from "./reach.tsx";

/** A list that fits the eye needs no field to search it. */
const searchedCountMin = 12;
/** Rows shown at once: who has more hosts searches. */
const shownCountMax = 400;

/** Every host that joined, what needs somebody first. */
export function HostsPage(): React.ReactNode {
  const { t } = useTranslation();
  const mayEnrol = useAllowed(joinAction);
  const { data, error } = useHosts();
  const [parameters, change] = useParameters();
  const wanted = parameters.get("find") ?? "";
  const hosts = data?.value ?? [];
  const found = worstFirst(hostsWith(hosts, wanted));
  return (
    <div className={css["page"]}>
      <header className={css["head"]}>
        <h1>{t("page.hosts")}</h1>
        {mayEnrol && <EnrolDialog />}
      </header>
      {error && <Notice kind="bad" title={t("hosts.none")} text={error.message} />}
      {hosts.length >= searchedCountMin && (
        <div className={css["find"]}>
          <Field
            label={t("hosts.find")}
            type="search"
            value={wanted}
            onChange={({ target }) => change({ find: target.value })}
          />
        </div>
      )}
      {data && hosts.length === 0 && (
        <Notice kind="calm" title={t("hosts.empty")} text={t("hosts.emptyText")} />
      )}
      {hosts.length > 0 && (
        <Panel title={t("hosts.title", { count: data?.count ?? 0 })}>
          <HostTable hosts={found} longest={longestReach(hosts)} />
        </Panel>
      )}
    </div>
  );
}

function HostTable({
  hosts,
  longest,
}: {
  hosts: readonly HostRow[];
  longest: number;
}): React.ReactNode {
  const { t } = useTranslation();
  const columns: Column<HostRow>[] = [
    {
      key: "name",
      title: t("column.name"),
      show: (host) => <HostName host={host} />,
      sortBy: ({ name }) => name,
    },
    {
      key: "state",
      title: t("column.state"),
      show: (host) => <HostSign host={host} />,
      sortBy: rankOf,
    },
    {
      key: "reach",
      title: t("hosts.reach"),
      show: (host) => <Reach host={host} longest={longest} />,
      sortBy: reachOf,
      width: "24%",
    },
    {
      key: "interfaces",
      title: t("hosts.interfaces"),
      show: ({ interfaces }) => interfaces.join(", ") || "–",
    },
    {
      key: "version",
      title: t("hosts.version"),
      show: ({ agentVersion }) => agentVersion ?? "–",
      sortBy: ({ agentVersion }) => agentVersion ?? "",
    },
    {
      key: "seen",
      title: t("hosts.lastSeen"),
      show: ({ lastSeenTime }) => (lastSeenTime === null ? "–" : <Ago time={lastSeenTime} />),
      sortBy: ({ lastSeenTime }) => lastSeenTime ?? "",
    },
  ];
  return (
    <DataTable<HostRow>
      label={t("page.hosts")}
      rows={hosts.slice(0, shownCountMax)}
      omitted={Math.max(0, hosts.length - shownCountMax)}
      keyOf={({ resourceId }) => resourceId}
      columns={columns}
    />
  );
}

const HostName = ({ host: { name, addresses } }: { host: HostRow }): React.ReactNode => (
  <span className={css["name"]}>
    <Link href={`/hosts/${name}`}>{name}</Link>
    {addresses[0] !== undefined && <span className={css["address"]}>{addresses[0]}</span>}
  </span>
);
