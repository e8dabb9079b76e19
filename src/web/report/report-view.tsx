import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import type { ReportDocument } from "../../report/document.ts";
import { LatencyTab } from "./latency-tab.tsx";
import { ProtocolsTab } from "./protocols-tab.tsx";
import css from "./report.module.css";
import { StreamsTab } from "./streams-tab.tsx";
import { SummaryTab } from "./summary-tab.tsx";
import { TimeTab } from "./time-tab.tsx";
import { TrafficTab } from "./traffic-tab.tsx";

const tabs = [
  { name: "summary", Content: SummaryTab },
  { name: "latency", Content: LatencyTab },
  { name: "protocols", Content: ProtocolsTab },
  { name: "traffic", Content: TrafficTab },
  { name: "streams", Content: StreamsTab },
  { name: "time", Content: TimeTab },
] as const;

/** What is in a capture, in tabs: the same for one that is stored and for a file that was dropped here. */
export function ReportView({ report }: { report: ReportDocument }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Tabs.Root defaultValue="summary">
      <Tabs.List className={css["tabs"]} aria-label={t("report.parts")}>
        {tabs.map(({ name }) => (
          <Tabs.Tab key={name} value={name} className={css["tab"]}>
            {t(`report.${name}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ name, Content }) => (
        <Tabs.Panel key={name} value={name} className={css["panel"]}>
          <Content report={report} />
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}
