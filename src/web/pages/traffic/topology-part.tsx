import { useTranslation } from "react-i18next";
import { type FlowAnswer, numberOf, recordsOf } from "../../api/flow-views.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Select } from "../../parts/select.tsx";
import { useFormats } from "../../words/moments.ts";
import type { FlowRecord } from "./flow-record.ts";
import type { QuestionState } from "./question.ts";
import { edgeChanges, type End, levels, nodeChanges } from "./topology-filters.ts";
import { nodesMax, topologyGraph } from "./topology-graph.ts";
import { TopologyPicture, useNodeName } from "./topology-picture.tsx";
import css from "./traffic.module.css";
import { ViewPanel } from "./view-panel.tsx";

/** Edges that are asked for. */
const edgesMax = 400;

/** What talks with what, on one of five levels; a node opens the level below it, an edge its flows. */
export function TopologyPart({ state }: { state: QuestionState }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <div className={css["bar"]}>
        <Select
          label={t("flowTopology.level")}
          value={state.level}
          choices={levels.map(({ level }) => ({
            value: level as string,
            words: t(`flowTopology.${level}`),
          }))}
          choose={(level) => state.change({ level })}
        />
      </div>
      <ViewPanel
        key={state.level}
        view={`${state.level}-topology`}
        state={state}
        top={edgesMax}
        rows="none"
        heightPixels={520}
        draw={(answer) => <Topology answer={answer} state={state} />}
      />
    </>
  );
}

function Topology({
  answer,
  state,
}: {
  answer: FlowAnswer;
  state: QuestionState;
}): React.ReactNode {
  const { t } = useTranslation();
  const { leftOutCount } = topologyGraph(answer);
  return (
    <>
      <TopologyPicture
        answer={answer}
        onNode={(node) => state.drill(nodeChanges(state.level, node))}
        onEdge={(source, target) => state.drill(edgeChanges(state.level, source, target))}
      />
      {leftOutCount > 0 && (
        <p className={css["wait"]}>
          {t("flowTopology.more", { count: leftOutCount, shown: nodesMax })}
        </p>
      )}
      <EdgeTable answer={answer} state={state} />
    </>
  );
}

interface Edge {
  source: End;
  target: End;
  record: FlowRecord;
}

/** The graph in rows: each end and each edge is pressed as in the picture. */
function EdgeTable({
  answer,
  state,
}: {
  answer: FlowAnswer;
  state: QuestionState;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const nameOf = useNodeName();
  const amount = (value: number): string =>
    answer.unit === "bytes" ? bytes(value) : number(value);
  const end = (key: "source" | "target") => ({
    key,
    title: t(key === "source" ? "flowColumn.Source" : "flowColumn.Target"),
    show: (edge: Edge) => (
      <button
        type="button"
        className={css["further"]}
        onClick={() => state.drill(nodeChanges(state.level, edge[key]))}
      >
        {nameOf(edge[key])}
      </button>
    ),
    sortBy: (edge: Edge) => nameOf(edge[key]),
  });
  const count = (name: string) => ({
    key: name,
    title: t(`flowColumn.${name}`),
    isNumber: true,
    show: ({ record }: Edge) => amount(numberOf(record[name])),
    sortBy: ({ record }: Edge) => numberOf(record[name]),
  });
  const names = ["Total", "AllowedInbound", "AllowedOutbound", "BlockedInbound", "BlockedOutbound"];
  return (
    <DataTable<Edge>
      label={t(`view.${answer.view}`)}
      rows={recordsOf(answer).map((record) => ({
        source: { name: String(record["Source"]), kind: String(record["SourceKind"]) },
        target: { name: String(record["Target"]), kind: String(record["TargetKind"]) },
        record,
      }))}
      keyOf={({ source, target }) => `${source.kind} ${source.name} ${target.kind} ${target.name}`}
      columns={[
        end("source"),
        {
          key: "flows",
          title: t("flowTopology.flows"),
          show: ({ source, target }) => (
            <button
              type="button"
              className={css["step"]}
              onClick={() => state.drill(edgeChanges(state.level, source, target))}
            >
              <span aria-hidden="true">→</span>
              <span className={css["unseen"]}>
                {t("flowTopology.edge", { source: nameOf(source), target: nameOf(target) })}
              </span>
            </button>
          ),
        },
        end("target"),
        ...[...names, "Malicious"].map(count),
      ]}
    />
  );
}
