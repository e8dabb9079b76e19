import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import type { PacketBook } from "../../inspection/browse/packet-book.ts";
import type { ReportDocument } from "../../report/document.ts";
import { FollowTab } from "../packets/follow/follow-tab.tsx";
import { PacketsPlace } from "../packets/packets-place.tsx";
import { PacketsTab } from "../packets/packets-tab.tsx";
import { useParameters } from "../parts/address.ts";
import { LatencyTab } from "./latency-tab.tsx";
import { ProtocolsTab } from "./protocols-tab.tsx";
import { TabBar, TabPanel } from "../parts/tab-bar.tsx";
import { StreamsTab } from "./streams-tab.tsx";
import { SummaryTab } from "./summary-tab.tsx";
import { TimeTab } from "./time-tab.tsx";
import { TrafficTab } from "./traffic-tab.tsx";

const reportTabs = [
  { name: "summary", Content: SummaryTab },
  { name: "latency", Content: LatencyTab },
  { name: "protocols", Content: ProtocolsTab },
  { name: "traffic", Content: TrafficTab },
  { name: "streams", Content: StreamsTab },
  { name: "time", Content: TimeTab },
] as const;
/** Those that need the packets themselves. */
const packetTabs = [
  { name: "packets", Content: PacketsTab },
  { name: "follow", Content: FollowTab },
] as const;
const first = "summary";

interface ViewProps {
  report: ReportDocument;
  /** Null where the packets are not to be had, or not by this person: then their tabs are not there. */
  book?: PacketBook | null;
}

/**
 * What is in a capture, in tabs: the same for one that is stored and for a file that was dropped here.
 * The page's address names the tab.
 */
export function ReportView({ report, book = null }: ViewProps): React.ReactNode {
  const { t } = useTranslation();
  const [location] = useLocation();
  const [parameters, change] = useParameters();
  const withPackets = book ? packetTabs : [];
  const tabs = [...reportTabs, ...withPackets];
  const shown = tabs.find(({ name }) => name === parameters.get("tab"))?.name ?? first;
  return (
    <PacketsPlace value={book ? location : null}>
      <Tabs.Root
        value={shown}
        onValueChange={(tab: string) => change({ tab: tab === first ? null : tab })}
      >
        <TabBar
          label={t("report.parts")}
          names={tabs.map(({ name }) => name)}
          titleOf={(name) => t(`report.${name}`)}
        />
        {reportTabs.map(({ name, Content }) => (
          <TabPanel key={name} name={name}>
            <Content report={report} />
          </TabPanel>
        ))}
        {book &&
          packetTabs.map(({ name, Content }) => (
            <TabPanel key={name} name={name}>
              <Content report={report} book={book} />
            </TabPanel>
          ))}
      </Tabs.Root>
    </PacketsPlace>
  );
}
