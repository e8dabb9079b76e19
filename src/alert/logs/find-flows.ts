import { type AnswerColumn, type QueryPart, rowsQuery } from "./compose-query.ts";
import { alertFlowCountMax, type AlertFlow } from "./log-detail.ts";
import { readNumber, readText, type RuleAnswer } from "./log-series.ts";

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

/** Asks which flows a series is about; null when the query's answer has no addresses. */
export function flowsQuery(part: QueryPart, columns: readonly AnswerColumn[]): string | null {
  const known = new Set(columns.map(({ name }) => name));
  const found = Object.entries(sources).flatMap(([name, choices]) => {
    const column = choices.find((choice) => known.has(choice));
    return column === undefined ? [] : [{ name, column }];
  });
  if (!found.some(({ name }) => name === "SrcIp" || name === "DestIp")) return null;
  const by = found.map(({ name, column }) => `${name} = tostring(["${column}"])`).join(", ");
  return `${rowsQuery(part)}
| summarize ${countColumn} = count() by ${by}
| top ${alertFlowCountMax + 1} by ${countColumn} desc`;
}

/** The flows of an answer to `flowsQuery`, and whether these are all. */
export function readFlows({ columns, rows }: RuleAnswer): {
  flows: AlertFlow[];
  hasAllFlows: boolean;
} {
  const at = new Map(columns.map(({ name }, index) => [name, index]));
  const flows = rows.slice(0, alertFlowCountMax).map((row) => {
    const text = (name: string): string => readText(row[at.get(name) ?? -1]);
    return readFlow(text, readNumber(row[at.get(countColumn) ?? -1]) ?? 1);
  });
  return { flows, hasAllFlows: rows.length <= alertFlowCountMax };
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
