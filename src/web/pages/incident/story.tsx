import { useTranslation } from "react-i18next";
import { PacketsPlace } from "../../packets/packets-place.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { ChangePanel } from "../../report/change-panel.tsx";
import { Findings } from "../../report/findings.tsx";
import { Conversations } from "../../report/traffic-tab.tsx";
import { type IncidentThings, placeOfPackets } from "./incident-things.ts";

/** What the packets of the newest answer say. */
export function Story({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const { data: report, error } = things.report;
  if (error) return <Notice kind="warn" title={t("captures.noReport")} text={error.message} />;
  if (!report) return null;
  return (
    <PacketsPlace value={placeOfPackets(things)}>
      {report.change && <ChangePanel change={report.change} isTold />}
      <Findings findings={report.findings} />
      <Panel title={t("traffic.conversations")}>
        <Conversations talks={report.conversations} change={report.change} />
      </Panel>
    </PacketsPlace>
  );
}
