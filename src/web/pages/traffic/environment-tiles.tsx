import { useTranslation } from "react-i18next";
import { numberOf, recordsOf, useFlowView } from "../../api/flow-views.ts";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useFormats } from "../../words/moments.ts";
import { KqlButton } from "./kql-button.tsx";
import { NotTaken } from "./not-taken.tsx";
import type { Changes, QuestionState } from "./question.ts";
import css from "./traffic.module.css";
import { Skeleton } from "./view-panel.tsx";

interface Tile {
  name: string;
  count: number;
  /** Below the number. */
  more: string;
  isBad: boolean;
  changes: Changes;
}

/** What there is, and how it meets the internet: counts that lead to what was counted. */
export const EnvironmentTiles = ({ state }: { state: QuestionState }): React.ReactNode => (
  <>
    <TilesPanel view="environment" state={state} tilesOf={useEnvironment()} />
    <div className={css["triple"]}>
      <TilesPanel view="internet-port-count" state={state} tilesOf={useCounts("Ports")} />
      <TilesPanel view="internet-machine-count" state={state} tilesOf={useCounts("Machines")} />
      <TilesPanel view="public-ip-counts" state={state} tilesOf={useAddressCounts()} />
    </div>
  </>
);

type TilesOf = (records: ReturnType<typeof recordsOf>) => Tile[];

function useEnvironment(): TilesOf {
  const { t } = useTranslation();
  return (records) =>
    records.map((record) => {
      const bad = numberOf(record["AllowedMalicious"]);
      const counts = { active: record["Active"], inactive: record["Inactive"] };
      return {
        name: t(`flowValue.${String(record["Kind"])}`),
        count: numberOf(record["Total"]),
        more:
          t("flowEnvironment.states", counts) +
          (bad > 0 ? ` · ${t("flowEnvironment.malicious", { shown: bad })}` : ""),
        isBad: bad > 0,
        changes: { part: "topology", level: levels[String(record["Kind"])] ?? null },
      };
    });
}

const levels: Readonly<Record<string, string>> = {
  Regions: "region",
  VirtualNetworks: "virtual-network",
  Subnets: "subnet",
};

function useCounts(column: string): TilesOf {
  const { t } = useTranslation();
  return (records) =>
    records.map((record) => ({
      name: t(`flowValue.${String(record["FlowStatus"])}`),
      count: numberOf(record[column]),
      more: "",
      isBad: false,
      changes: { status: String(record["FlowStatus"]) },
    }));
}

function useAddressCounts(): TilesOf {
  return (records) =>
    records.map((record) => ({
      name: String(record["FlowType"]),
      count: numberOf(record["Addresses"]),
      more: "",
      isBad: record["FlowType"] === "MaliciousFlow",
      changes: { part: "addresses", flowType: String(record["FlowType"]) },
    }));
}

function TilesPanel({
  view,
  state,
  tilesOf,
}: {
  view: string;
  state: QuestionState;
  tilesOf: TilesOf;
}): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { data, error, isPlaceholderData } = useFlowView(view, state.question);
  const title = t(`view.${view}`);
  return (
    <Panel
      title={title}
      aside={
        <span className={css["aside"]}>
          <NotTaken view={view} question={state.question} />
          {data && !isPlaceholderData && <KqlButton answer={data} title={title} />}
        </span>
      }
    >
      {error && <Notice kind="bad" title={t("traffic.noView")} text={error.message} />}
      {!data && !error && <Skeleton heightPixels={70} />}
      {data?.rows.length === 0 && <p className={css["wait"]}>{t("table.empty")}</p>}
      <div className={css["tiles"]} data-old={isPlaceholderData}>
        {data &&
          tilesOf(recordsOf(data)).map(({ name, count, more, isBad, changes }) => (
            <button
              key={name}
              type="button"
              className={css["tile"]}
              data-bad={isBad}
              onClick={() => state.drill(changes)}
            >
              <span>{name}</span>
              <strong>{number(count)}</strong>
              {more !== "" && <small>{more}</small>}
            </button>
          ))}
      </div>
    </Panel>
  );
}
