import {
  type AnswerColumn,
  dimensionColumn,
  type QueryPart,
  resourceColumn,
  rowsQuery,
  splitsOf,
} from "./compose-query.ts";
import { alertFlowCountMax, type AlertFlow } from "./log-detail.ts";
import type { LogCriterion } from "./log-rule.ts";
import { readNumber, readText, type RuleAnswer, seriesKey } from "./log-series.ts";

/** Columns that say something of a flow: by their names in a flow, those in NTANetAnalytics and in the older table. */
const sources: Readonly<Record<string, readonly string[]>> = {
  SrcIp: ["SrcIp", "SrcIP_s"],
  DestIp: ["DestIp", "DestIP_s"],
  DestPort: ["DestPort", "DestPort_d"],
  L4Protocol: ["L4Protocol", "L4Protocol_s"],
  FlowDirection: ["FlowDirection", "FlowDirection_s"],
  FlowStatus: ["FlowStatus", "FlowStatus_s"],
  FlowType: ["FlowType", "FlowType_s"],
  AclRule: ["AclRule", "NSGRule_s"],
  ThreatType: ["ThreatType"],
  ThreatDescription: ["ThreatDescription"],
  ThreatList: ["ThreatList"],
  ThreatEntry: ["ThreatEntry"],
  Reason: ["Reason"],
  SrcVm: ["SrcVm", "VM1_s"],
  DestVm: ["DestVm", "VM2_s"],
  SrcSubscription: ["SrcSubscription", "Subscription1_g"],
  DestSubscription: ["DestSubscription", "Subscription2_g"],
  VirtualMachineId: ["VirtualMachineId"],
};
const countColumn = "AlertRows";

/** Flows of all series of one evaluation. */
const flowCountMax = 2_000;

/** What an alert carries of its flows. */
export interface FoundFlows {
  readonly flows: readonly AlertFlow[];
  /** False when there were more. */
  readonly hasAllFlows: boolean;
}

/** Asks which flows some series are about; null when the query's answer has no addresses. */
export function flowsQuery(part: QueryPart, columns: readonly AnswerColumn[]): string | null {
  const known = new Set(columns.map(({ name }) => name));
  const found = Object.entries(sources).flatMap(([name, choices]) => {
    const column = choices.find((choice) => known.has(choice));
    return column === undefined ? [] : [{ name, column }];
  });
  if (!found.some(({ name }) => name === "SrcIp" || name === "DestIp")) return null;
  const facts = found.map(({ name, column }) => `${name} = tostring(["${column}"])`);
  return `${rowsQuery(part)}
| summarize ${countColumn} = count() by ${[...splitsOf(part.criterion), ...facts].join(", ")}
| top ${flowCountMax + 1} by ${countColumn} desc`;
}

/** The flows of an answer to `flowsQuery`, by the key of their series. */
export function readFlows(
  criterion: LogCriterion,
  { columns, rows }: RuleAnswer,
): (key: string) => FoundFlows {
  const at = new Map(columns.map(({ name }, index) => [name, index]));
  const found = new Map<string, AlertFlow[]>();
  for (const row of rows) {
    const text = (name: string): string => readText(row[at.get(name) ?? -1]);
    const key = seriesKey({
      dimensions: criterion.dimensions.map(({ name }, index) => ({
        name,
        value: text(dimensionColumn(index)),
      })),
      resourceId: text(resourceColumn),
    });
    const count = readNumber(row[at.get(countColumn) ?? -1]) ?? 1;
    found.set(key, [...(found.get(key) ?? []), readFlow(text, count)]);
  }
  const isCut = rows.length > flowCountMax;
  return (key) => {
    const flows = found.get(key) ?? [];
    const hasAllFlows = !isCut && flows.length <= alertFlowCountMax;
    return { flows: flows.slice(0, alertFlowCountMax), hasAllFlows };
  };
}

const texts = [
  "SrcIp",
  "DestIp",
  "L4Protocol",
  "FlowDirection",
  "FlowStatus",
  "FlowType",
  "AclRule",
  "ThreatType",
  "ThreatDescription",
  "ThreatList",
  "ThreatEntry",
  "Reason",
] as const;
/** Of one text; what a payload may hold is bounded. */
const textLengthMax = 500;

function readFlow(text: (name: string) => string, rowCount: number): AlertFlow {
  const port = readNumber(text("DestPort"));
  const resourceId = text("VirtualMachineId") || machineOf(text);
  return {
    ...Object.fromEntries(
      texts.flatMap((name) => {
        const value = text(name).slice(0, textLengthMax);
        return value === "" ? [] : [[name, value]];
      }),
    ),
    ...(port === null ? {} : { DestPort: port }),
    ...(resourceId === "" ? {} : { resourceId }),
    rowCount,
  };
}

/** The machine that recorded the flow, from Azure's "group/name"; "" when nothing says which it was. */
function machineOf(text: (name: string) => string): string {
  const direction = text("FlowDirection").slice(0, 1).toUpperCase();
  if (direction !== "I" && direction !== "O") return "";
  const side = direction === "I" ? "Dest" : "Src";
  const [group = "", name = ""] = text(`${side}Vm`).split("/");
  const subscription = text(`${side}Subscription`);
  if (group === "" || name === "" || subscription === "") return "";
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`;
}
