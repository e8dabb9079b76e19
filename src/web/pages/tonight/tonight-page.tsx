import { useTranslation } from "react-i18next";
import { useCaptures } from "../../api/captures.ts";
import { useHosts } from "../../api/hosts.ts";
import { useIncidents } from "../../api/incidents.ts";
import { useTroubles } from "../../api/troubles.ts";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { CapturingNow } from "./capturing-now.tsx";
import { DrillButton, DrillProgress } from "./drill.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { HostsNow } from "./hosts-now.tsx";
import { IncidentList } from "./incident-list.tsx";
import { NightLine } from "./night-line.tsx";
import { Troubles } from "./troubles.tsx";
import css from "./tonight.module.css";

/** What happened, what is being recorded of it, and what to look at first. */
export function TonightPage(): React.ReactNode {
  const { t } = useTranslation();
  const incidents = useIncidents();
  const captures = useCaptures();
  const hosts = useHosts();
  const troubles = useTroubles();
  const rows = incidents.data?.value ?? [];
  return (
    <>
      <h1 className={css["title"]}>{t("tonight.title")}</h1>
      {incidents.error && (
        <Notice kind="bad" title={t("tonight.noIncidents")} text={incidents.error.message} />
      )}
      <div className={css["columns"]}>
        <div className={css["column"]}>
          <Panel title={t("tonight.line")}>
            <NightLine incidents={rows} />
          </Panel>
          <DrillProgress />
          <Panel
            title={t("tonight.incidents", { count: incidents.data?.count ?? 0 })}
            aside={rows.length > 0 && <DrillButton kind="quiet" />}
          >
            {incidents.data && rows.length === 0 ? <FirstSteps /> : <IncidentList rows={rows} />}
          </Panel>
        </div>
        <div className={css["column"]}>
          <Panel title={t("tonight.capturing")}>
            <CapturingNow captures={captures.data ?? []} />
          </Panel>
          <Panel
            title={t("hosts.title", { count: hosts.data?.count ?? 0 })}
            aside={<span className={css["aside"]}>{t("hosts.reach")}</span>}
          >
            {hosts.data && <HostsNow hosts={hosts.data.value} count={hosts.data.count} />}
            {hosts.error && <p className={css["empty"]}>{hosts.error.message}</p>}
          </Panel>
          <Panel title={t("trouble.title")}>
            {troubles.error && (
              <Notice kind="bad" title={t("trouble.notShown")} text={troubles.error.message} />
            )}
            {troubles.data && <Troubles troubles={troubles.data} />}
          </Panel>
        </div>
      </div>
    </>
  );
}
