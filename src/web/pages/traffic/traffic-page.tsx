import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import { Notice } from "../../parts/notice.tsx";
import tabCss from "../../report/report.module.css";
import { FilterBar } from "./filter-bar.tsx";
import { GeoMap } from "./geo-map.tsx";
import { OverviewPart } from "./overview-part.tsx";
import { listParts } from "./parts.ts";
import { type QuestionState, useQuestion } from "./question.ts";
import css from "./traffic.module.css";
import { ViewPanel } from "./view-panel.tsx";

/** Flows as Traffic Analytics shows them. */
export function TrafficPage(): React.ReactNode {
  const { t } = useTranslation();
  const state = useQuestion();
  return (
    <div className={css["page"]}>
      <h1>{t("page.traffic")}</h1>
      <FilterBar {...state} />
      <Parts state={state} />
    </div>
  );
}

function Parts({ state }: { state: QuestionState }): React.ReactNode {
  const { t } = useTranslation();
  const names = ["overview", "map", ...Object.keys(listParts)];
  return (
    <Tabs.Root value={state.part} onValueChange={(part: string) => state.change({ part })}>
      <Tabs.List className={tabCss["tabs"]} aria-label={t("traffic.parts")}>
        {names.map((name) => (
          <Tabs.Tab key={name} value={name} className={tabCss["tab"]}>
            {t(`trafficPart.${name}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="overview" className={tabCss["panel"]}>
        <OverviewPart state={state} />
      </Tabs.Panel>
      <Tabs.Panel value="map" className={tabCss["panel"]}>
        <ViewPanel
          view="geo-countries"
          state={state}
          top={250}
          draw={(answer) => <GeoMap answer={answer} state={state} />}
        />
        <ViewPanel view="geo-cities" state={state} />
      </Tabs.Panel>
      {Object.entries(listParts).map(([name, views]) => (
        <Tabs.Panel key={name} value={name} className={tabCss["panel"]}>
          {name === "addresses" && <Blank />}
          {views.map((view) => (
            <ViewPanel key={view} view={view} state={state} />
          ))}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}

/** What puzzles people in Azure's tables. */
function Blank(): React.ReactNode {
  const { t } = useTranslation();
  return <Notice kind="calm" title={t("traffic.blank")} text={t("traffic.blankText")} />;
}
