import { useTranslation } from "react-i18next";
import { useCaptures } from "../../api/captures.ts";
import { useIncidents } from "../../api/incidents.ts";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { CapturingNow } from "./capturing-now.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { IncidentList } from "./incident-list.tsx";
import { NightLine } from "./night-line.tsx";
import css from "./tonight.module.css";

/** What happened, what is being recorded of it, and what to look at first. */
export function TonightPage(): React.ReactNode {
  const { t } = useTranslation();
  const incidents = useIncidents();
  const captures = useCaptures();
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
          <Panel title={t("tonight.incidents", { count: incidents.data?.count ?? 0 })}>
            {incidents.data && rows.length === 0 ? <FirstSteps /> : <IncidentList rows={rows} />}
          </Panel>
        </div>
        <div className={css["column"]}>
          <Panel title={t("tonight.capturing")}>
            <CapturingNow captures={captures.data ?? []} />
          </Panel>
        </div>
      </div>
    </>
  );
}
