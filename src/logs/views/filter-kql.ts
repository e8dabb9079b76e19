import type { FlowView, ViewFilters, ViewRequest, ViewSource } from "./flow-view.ts";
import { kqlString, kqlTime } from "./kql-text.ts";

type FilterName = keyof ViewFilters;
type Condition = (value: string) => string;

const either =
  (how: (column: string, value: string) => string, ...columns: readonly string[]): Condition =>
  (value) =>
    columns.map((column) => how(column, value)).join(" or ");

const equals = (column: string, value: string): string => `${column} =~ ${kqlString(value)}`;
const within = (column: string, value: string): string =>
  `${column} startswith ${kqlString(`${value}/`)}`;
const lists = (column: string, value: string): string => `${column} has ${kqlString(value)}`;
const port: Condition = (value) => `DestPort == ${Number(value)}`;

/** What each filter says of a record; names ignore case, as Azure's do. */
const recordConditions: Readonly<Record<FilterName, Condition>> = {
  subscription: either(equals, "SrcSubscription", "DestSubscription"),
  resourceGroup: either(within, "SrcSubnet", "DestSubnet", "SrcVm", "DestVm"),
  virtualNetwork: either(within, "SrcSubnet", "DestSubnet"),
  subnet: either(equals, "SrcSubnet", "DestSubnet"),
  virtualMachine: either(equals, "SrcVm", "DestVm"),
  ip: (value) =>
    `${either(equals, "SrcIp", "DestIp")(value)} or ${either(lists, "SrcPublicIps", "DestPublicIps")(value)}`,
  flowType: either(equals, "FlowType"),
  rule: either(equals, "AclRule"),
  port,
  country: either(equals, "Country"),
  status: either(equals, "FlowStatus"),
  direction: either(equals, "FlowDirection"),
};

const addressConditions: Readonly<Record<FilterName, Condition>> = {
  ...recordConditions,
  subscription: either(equals, "LocalSubscription"),
  resourceGroup: either(within, "LocalSubnet", "LocalVm"),
  virtualNetwork: either(within, "LocalSubnet"),
  subnet: either(equals, "LocalSubnet"),
  virtualMachine: either(equals, "LocalVm"),
  ip: either(equals, "Ip", "LocalIp"),
};

const detailConditions: Readonly<Partial<Record<FilterName, Condition>>> = {
  ip: either(equals, "Ip"),
  flowType: either(equals, "FlowType"),
  country: either(equals, "Country"),
};

const conditionsOf: Readonly<Record<ViewSource, Readonly<Partial<Record<FilterName, Condition>>>>> =
  {
    flows: recordConditions,
    records: recordConditions,
    addresses: addressConditions,
    details: detailConditions,
  };

/** Names of the filters, for those who read requests. */
export const filterNames = Object.keys(recordConditions) as FilterName[];

/** The filters that a view can apply. */
export const filtersOf = ({ reads }: Pick<FlowView, "reads">): FilterName[] =>
  filterNames.filter((name) => conditionsOf[reads][name] !== undefined);

/** The table of each source; the names of ours are tables that queries may read as well. */
export const sourceTables: Readonly<Record<ViewSource, string>> = {
  flows: "NTANetAnalyticsDeduplicated",
  records: "NTANetAnalytics",
  addresses: "NightcapPublicFlows",
  details: "NightcapIpDetails",
};

type Bounds = Pick<ViewRequest, "startMs" | "endMs" | "filters">;

/** A query over `flows` or `details` with what these are: the rows that a request is about. */
export function withSources(reads: ViewSource, bounds: Bounds, query: string): string {
  if (reads === "details") return `${letOf("details", "details", bounds)}\n${query}`;
  // As the other table of a join it says what addresses are, whichever flows are asked for.
  const unfiltered = { ...bounds, filters: {} };
  const details = /\bdetails\b/.test(query) ? [letOf("details", "details", unfiltered)] : [];
  return [letOf("flows", reads, bounds), ...details, query].join("\n");
}

/** No flow log has longer intervals. */
const intervalMsMax = 3_600_000;

function letOf(name: string, source: ViewSource, { startMs, endMs, filters }: Bounds): string {
  const conditions = filterNames.flatMap((filter) => {
    const [condition, values = []] = [conditionsOf[source][filter], filters[filter]];
    if (!condition || values.length === 0) return [];
    return [`| where ${values.map((value) => condition(String(value))).join(" or ")}`];
  });
  const lines = [
    `let ${name} = ${sourceTables[source]}`,
    // The first condition says nothing more, but is the one that the engine finds rows by.
    `| where FlowIntervalStartTime > ${kqlTime(startMs - intervalMsMax)}`,
    `| where FlowIntervalEndTime > ${kqlTime(startMs)} and FlowIntervalStartTime < ${kqlTime(endMs)}`,
    ...conditions,
  ];
  return `${lines.join("\n")};`;
}
