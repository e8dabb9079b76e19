import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import { useFlowView } from "../../api/flow-views.ts";
import { Notice } from "../../parts/notice.tsx";
import { EnvironmentTiles } from "./environment-tiles.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { GatewayUse } from "./gateway-use.tsx";
import { MapPart } from "./map-part.tsx";
import { NoFlows } from "./no-flows.tsx";
import { OverviewPart } from "./overview-part.tsx";
import { listParts, partNames } from "./parts.ts";
import { type QuestionState, useQuestion } from "./question.ts";
import { TopologyPart } from "./topology-part.tsx";
import { TabBar, TabPanel } from "../../parts/tab-bar.tsx";
import css from "./traffic.module.css";
import { TrendPanel } from "./trend-panel.tsx";
import { ViewPanel } from "./view-panel.tsx";

/** Flows as Traffic Analytics shows them. */
export function TrafficPage(): React.ReactNode {
  const { t } = useTranslation();
  const state = useQuestion();
  return (
    <div className={css["page"]}>
      <h1>{t("page.traffic")}</h1>
      <FilterBar state={state} />
      <Emptiness state={state} />
      <Tabs.Root value={state.part} onValueChange={(part: string) => state.change({ part })}>
        <TabBar
          label={t("traffic.parts")}
          names={partNames}
          titleOf={(name) => t(`trafficPart.${name}`)}
        />
        {partNames.map((name) => (
          <TabPanel key={name} name={name}>
            <Part name={name} state={state} />
          </TabPanel>
        ))}
      </Tabs.Root>
    </div>
  );
}

/** What to do where there is nothing; it asks the view that the first part asks anyway. */
function Emptiness({ state }: { state: QuestionState }): React.ReactNode {
  const { data } = useFlowView("distribution", state.question);
  return data && data.rows.length === 0 ? <NoFlows state={state} /> : null;
}

function Part({ name, state }: { name: string; state: QuestionState }): React.ReactNode {
  if (name === "overview") return <OverviewPart state={state} />;
  if (name === "map") return <MapPart state={state} />;
  if (name === "topology") return <TopologyPart state={state} />;
  return (
    <>
      <Lead name={name} state={state} />
      {(listParts[name] ?? []).map((view) => (
        <ViewPanel key={view} view={view} state={state} />
      ))}
    </>
  );
}

/** What stands above a part's rows. */
function Lead({ name, state }: { name: string; state: QuestionState }): React.ReactNode {
  switch (name) {
    case "rules":
      return <TrendPanel view="rule-trend" state={state} keys={["AclRule", "FlowStatus"]} />;
    case "ports":
      return <TrendPanel view="port-trend" state={state} keys={["DestPort"]} />;
    case "gateways":
      return <GatewayUse state={state} />;
    case "environment":
      return <EnvironmentTiles state={state} />;
    case "addresses":
      return (
        <>
          <Blank />
          <ViewPanel view="public-ip-counts" state={state} />
        </>
      );
    default:
      return null;
  }
}

/** What puzzles people in Azure's tables. */
function Blank(): React.ReactNode {
  const { t } = useTranslation();
  return <Notice kind="calm" title={t("traffic.blank")} text={t("flowHelp.blank.text")} />;
}
