import type { FlowView, Kql } from "./flow-view.ts";
import { grid, gridCells } from "./grid-kql.ts";
import { networkOf } from "./kql-text.ts";

/** What stands for a side that is in none of the networks, and its kind. */
const outside = `case(FlowType == "ExternalPublic", "Internet", FlowType == "MaliciousFlow", "Malicious",
    FlowType == "AzurePublic", strcat("Azure ", AzureRegion), FlowType in ("S2S", "P2S"), strcat(FlowType, " ", ConnectionName), FlowType)`;
const outsideKind = `case(FlowType == "ExternalPublic", "Internet", FlowType == "MaliciousFlow", "Malicious",
    FlowType == "AzurePublic", "Azure", FlowType in ("S2S", "P2S"), "Gateway", "Outside")`;

interface Level {
  readonly name: string;
  readonly description: string;
  /** The word for a node of this level. */
  readonly kind: string;
  /** Columns of the two ends that a node is made of. */
  readonly columns: string;
  readonly nodeOf: (side: "Src" | "Dest") => Kql;
}

/**
 * A side without a name on this level is outside, unless the record was made there: what is logged is one's own,
 * though nobody knows the subnet, and its name is blank.
 */
const side = ({ kind, nodeOf }: Level, end: "Src" | "Dest"): string => {
  const [column, own] = end === "Src" ? ["Source", "Outbound"] : ["Target", "Inbound"];
  const isOwn = `(${end}Subnet != "" or FlowDirection == "${own}")`;
  return `${column} = case(${nodeOf(end)} != "", ${nodeOf(end)}, ${isOwn}, "", Outside),
    ${column}Kind = case(${nodeOf(end)} != "", "${kind}", ${isOwn}, "Own", OutsideKind)`;
};

const graph = (level: Level): FlowView => ({
  name: level.name,
  description: `Edges between ${level.description} and what is outside, with counters; the ends are the nodes`,
  reads: "flows",
  isCut: true,
  query: (text) =>
    `${gridCells(text, `FlowType, FlowDirection, SrcSubnet, DestSubnet, AzureRegion, ConnectionName${level.columns}`)}
| extend Outside = ${outside},
    OutsideKind = ${outsideKind}
| extend ${side(level, "Src")},
    ${side(level, "Dest")}
${grid("Source, SourceKind, Target, TargetKind", text)}`,
  drillDown: [],
});

/** What talks with what, from the widest level to the narrowest. */
export const topologyViews: readonly FlowView[] = [
  graph({
    name: "subscription-topology",
    description: "subscriptions",
    kind: "Subscription",
    columns: ", SrcSubscription, DestSubscription",
    nodeOf: (end) => `${end}Subscription`,
  }),
  graph({
    name: "region-topology",
    description: "regions of one's own networks",
    kind: "Region",
    columns: ", SrcRegion, DestRegion",
    nodeOf: (end) => `${end}Region`,
  }),
  graph({
    name: "virtual-network-topology",
    description: "virtual networks",
    kind: "VirtualNetwork",
    columns: "",
    nodeOf: (end) => networkOf(`${end}Subnet`),
  }),
  graph({
    name: "subnet-topology",
    description: "subnets",
    kind: "Subnet",
    columns: "",
    nodeOf: (end) => `${end}Subnet`,
  }),
  graph({
    name: "host-topology",
    description: "virtual machines",
    kind: "VirtualMachine",
    columns: ", SrcVm, DestVm",
    nodeOf: (end) => `${end}Vm`,
  }),
];
