import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useExplanation } from "../../api/explain.ts";
import { Notice } from "../../parts/notice.tsx";
import { IpFacts } from "./ip-facts.tsx";
import { IpIncidents } from "./ip-incidents.tsx";
import { OverviewPicture } from "./overview-part.tsx";
import { type QuestionState, useAddressQuestion } from "./question.ts";
import { Reasons } from "./reasons.tsx";
import { TimeChoice } from "./time-choice.tsx";
import { UnitChoice } from "./filter-bar.tsx";
import css from "./traffic.module.css";
import { Skeleton, ViewPanel } from "./view-panel.tsx";
import { Panel } from "../../parts/panel.tsx";

/** Everything about one address: what it is, who talks with it, over what, and who has named it. */
export function IpPage({ id: address }: { id: string }): React.ReactNode {
  const { t } = useTranslation();
  const state = useAddressQuestion(address);
  const { data, error } = useExplanation(address);
  return (
    <div className={css["page"]}>
      <p>
        <Link href="/traffic">{t("page.traffic")}</Link>
      </p>
      <h1 className={css["address"]}>{address}</h1>
      <section className={css["bar"]} aria-label={t("traffic.filters")}>
        <TimeChoice question={state.question} change={state.change} />
        <UnitChoice state={state} />
      </section>
      {error && <Notice kind="bad" title={t("traffic.noView")} text={error.message} />}
      {!data && !error && <Skeleton heightPixels={240} />}
      {data && (
        <>
          <IpFacts explanation={data} state={state} />
          {data.source.isPublic ? <PublicFlows state={state} /> : <PrivateFlows state={state} />}
          <Panel title={t("flowReason.title")}>
            <div className={css["within"]}>
              <Reasons word="" record={{}} question={state.question} hasTitle={false} />
            </div>
          </Panel>
          <IpIncidents address={address} />
        </>
      )}
    </div>
  );
}

/** Rows of the address alone, out of records that list it among others. */
const PublicFlows = ({ state }: { state: QuestionState }): React.ReactNode => (
  <>
    <ViewPanel
      view="public-ip-trend"
      state={state}
      rows="folded"
      heightPixels={280}
      draw={(answer) => <OverviewPicture answer={answer} />}
    />
    <ViewPanel view="public-ip-hosts" state={state} top={50} />
    <ViewPanel view="public-ip" state={state} top={50} without={["Ip"]} />
  </>
);

const PrivateFlows = ({ state }: { state: QuestionState }): React.ReactNode => (
  <>
    <ViewPanel
      view="overview"
      state={state}
      rows="folded"
      heightPixels={280}
      draw={(answer) => <OverviewPicture answer={answer} />}
    />
    <ViewPanel view="top-pairs" state={state} top={50} />
    <ViewPanel view="ports" state={state} top={20} />
    <ViewPanel view="rule-hits" state={state} top={20} />
  </>
);
