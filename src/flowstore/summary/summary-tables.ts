import { azureTables } from "../azure/tables.ts";
import { publicFlowsTable } from "../public-addresses/public-tables.ts";
import type { TableColumn } from "../schema/flow-columns.ts";
import type { TableDefinition } from "../schema/table.ts";

/**
 * A table's rows added up by fewer columns, once an interval is over. Its columns have the names of the table's own, so
 * that a query which asks for no others reads either and gets the same sums.
 */
export interface Summary {
  readonly name: string;
  /** The table that queries name. */
  readonly of: string;
  /** What the rows are added up from: the table itself, or a finer summary of it. */
  readonly from: string;
  /** Columns by which rows are kept apart. */
  readonly keys: readonly string[];
  readonly numbers: readonly string[];
  readonly orderBy: string;
}

const flowNumbers = [
  "AllowedInFlows",
  "AllowedOutFlows",
  "DeniedInFlows",
  "DeniedOutFlows",
  "BytesSrcToDest",
  "BytesDestToSrc",
  "PacketsSrcToDest",
  "PacketsDestToSrc",
  "CompletedFlows",
  "RecordCount",
];
const addressNumbers = [
  "Flows",
  "CompletedFlows",
  "PacketsSrcToDest",
  "PacketsDestToSrc",
  "BytesSrcToDest",
  "BytesDestToSrc",
];
const words = (names: string): string[] => names.trim().split(/\s+/);

const classKeys = words("FlowDirection FlowStatus FlowType");
const placeKeys = [
  ...classKeys,
  ...words(`SrcSubnet DestSubnet SrcSubscription DestSubscription SrcRegion DestRegion Country AzureRegion
    ConnectionName ConnectionType SrcLocalNetworkGateway DestLocalNetworkGateway`),
];
const hostKeys = [...placeKeys, "SrcVm", "DestVm"];
const conversationKeys = [...hostKeys, "SrcIp", "DestIp"];
const ruleKeys = [...classKeys, "AclGroup", "AclRule"];
const portKeys = [...classKeys, "DestPort", "L4Protocol", "L7Protocol"];
const addressKeys = [...classKeys, "Ip", "Country", "AzureRegion"];
const addressDetailKeys = [
  ...addressKeys,
  ...words(
    "LocalIp LocalVm LocalSubnet LocalSubscription DestPort L4Protocol L7Protocol AclGroup AclRule",
  ),
];

const flows = azureTables.deduplicated.name;
const records = azureTables.netAnalytics.name;
const addresses = publicFlowsTable.name;

const summary = (name: string, of: string, keys: readonly string[], from = of): Summary => ({
  name: `flow_summary_${name}`,
  of,
  from: from === of ? of : `flow_summary_${from}`,
  keys,
  numbers: of === addresses ? addressNumbers : flowNumbers,
  orderBy: of === addresses ? "Ip, start" : "start",
});

/** The coarser one stands before the finer one, and a query takes the first that has all its columns. */
export const summaries: readonly Summary[] = [
  summary("places", flows, placeKeys, "hosts"),
  summary("hosts", flows, hostKeys, "conversations"),
  summary("conversations", flows, conversationKeys),
  summary("ports", flows, portKeys),
  summary("rules", records, ruleKeys),
  summary("addresses", addresses, addressKeys, "address_details"),
  summary("address_details", addresses, addressDetailKeys),
];

const columnOf = (name: string): TableColumn =>
  name === "DestPort" ? { name, type: "Int32" } : { name, type: "LowCardinality(String)" };

/** What each row has besides: its interval, and the number of the build that wrote it. */
const buildColumns: readonly TableColumn[] = [
  { name: "start", type: "DateTime('UTC')" },
  { name: "intervalMinutes", type: "UInt8" },
  { name: "build", type: "UInt64" },
];

export const summaryTable = ({ name, keys, numbers, orderBy }: Summary): TableDefinition => ({
  name,
  columns: [
    ...buildColumns,
    ...keys.map(columnOf),
    ...numbers.map((number) => ({ name: number, type: "Int64", rest: "CODEC(T64, ZSTD(1))" })),
  ],
  engine: "MergeTree",
  partitionBy: "toMonday(start)",
  orderBy,
  shardBy: "rand()",
});

/** Which build of an interval is whole, and how many tuples were in it then. */
export const builtTable: TableDefinition = {
  name: "flow_summary_built",
  columns: [...buildColumns, { name: "recordCount", type: "UInt64" }],
  engine: "MergeTree",
  partitionBy: "toMonday(start)",
  orderBy: "start",
  shardBy: "rand()",
};

/** The type that a column of a summary has in an answer of the table itself. */
export const isWord = (name: string): boolean => name !== "DestPort";
