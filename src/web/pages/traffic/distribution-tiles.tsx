import { useTranslation } from "react-i18next";
import { type FlowAnswer, numberOf, recordsOf, useFlowView } from "../../api/flow-views.ts";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useFormats } from "../../words/moments.ts";
import { KqlButton } from "./kql-button.tsx";
import { NotTaken } from "./not-taken.tsx";
import type { Changes, QuestionState } from "./question.ts";
import css from "./traffic.module.css";
import { Skeleton } from "./view-panel.tsx";

const view = "distribution";
const rows = [
  { status: "Allowed", direction: "Inbound" },
  { status: "Allowed", direction: "Outbound" },
  { status: "Denied", direction: "Inbound" },
  { status: "Denied", direction: "Outbound" },
] as const;
const kinds = ["Benign", "Malicious"] as const;

/** Allowed and denied, in and out, benign and malicious: each number leads to its flows. */
export function DistributionTiles({ state }: { state: QuestionState }): React.ReactNode {
  const { t } = useTranslation();
  const { data, error, isPlaceholderData } = useFlowView(view, state.question);
  return (
    <Panel
      title={t(`view.${view}`)}
      aside={
        <span className={css["aside"]}>
          <NotTaken view={view} question={state.question} />
          {data && !isPlaceholderData && <KqlButton answer={data} title={t(`view.${view}`)} />}
        </span>
      }
    >
      {error && <Notice kind="bad" title={t("traffic.noView")} text={error.message} />}
      {!data && !error && <Skeleton heightPixels={150} />}
      {data && !error && (
        <div data-old={isPlaceholderData} className={css["answer"]}>
          <Tiles answer={data} drill={state.drill} />
        </div>
      )}
    </Panel>
  );
}

function Tiles({
  answer,
  drill,
}: {
  answer: FlowAnswer;
  drill: QuestionState["drill"];
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const sum = sumsOf(answer);
  const shown = (value: number): string => (answer.unit === "bytes" ? bytes(value) : number(value));
  const tile = (name: string, value: number, changes: Changes): React.ReactNode => (
    <button
      key={name}
      type="button"
      className={css["tile"]}
      onClick={() => drill({ part: "overview", ...changes })}
    >
      <span>{name}</span>
      <strong>{shown(value)}</strong>
    </button>
  );
  return (
    <div className={css["tiles"]}>
      {tile(t("tile.total"), sum({}), { status: null, direction: null })}
      {rows.map(({ status, direction }) =>
        tile(t(`tile.${status}${direction}`), sum({ status, direction }), { status, direction }),
      )}
      {kinds.map((kind) =>
        tile(t(`tile.${kind.toLowerCase()}`), sum({ kind }), {
          flowType: kind === "Malicious" ? "MaliciousFlow" : null,
        }),
      )}
      {tile(t("tile.allowedMalicious"), sum({ kind: "Malicious", status: "Allowed" }), {
        flowType: "MaliciousFlow",
        status: "Allowed",
      })}
    </div>
  );
}

interface Wanted {
  status?: string;
  direction?: string;
  kind?: string;
}

function sumsOf(answer: FlowAnswer): (wanted: Wanted) => number {
  const column = { flows: "Flows", bytes: "Bytes", packets: "Packets" }[answer.unit];
  const records = recordsOf(answer);
  return ({ status, direction, kind }) =>
    records
      .filter(
        (record) =>
          (status ?? record["FlowStatus"]) === record["FlowStatus"] &&
          (direction ?? record["FlowDirection"]) === record["FlowDirection"] &&
          (kind ?? record["Kind"]) === record["Kind"],
      )
      .reduce((total, record) => total + numberOf(record[column]), 0);
}
