import type { FlowView, ViewFilters, ViewRequest, ViewSource } from "./flow-view.ts";
import { kqlString, kqlTime } from "./kql-text.ts";

type FilterName = keyof ViewFilters;
type Condition = (value: string) => string;
type Conditions = Readonly<Partial<Record<FilterName, Condition>>>;

const either =
  (how: (column: string, value: string) => string, ...columns: readonly string[]): Condition =>
  (value) =>
    columns.map((column) => how(column, value)).join(" or ");

const equals = (column: string, value: string): string => `${column} =~ ${kqlString(value)}`;
const within = (column: string, value: string): string =>
  `${column} startswith ${kqlString(`${value}/`)}`;
const lists = (column: string, value: string): string => `${column} has ${kqlString(value)}`;
const port: Condition = (value) => `DestPort == ${Number(value)}`;

/** Of either end; `A->B` is from A to B, and one of the two may be left out. */
const ends =
  (
    how: (column: string, value: string) => string,
    source: string,
    destination: string,
  ): Condition =>
  (value) => {
    const [from, to] = splitEnds(value) ?? [];
    if (from === undefined || to === undefined) return either(how, source, destination)(value);
    const conditions = [
      ...(from === "" ? [] : [how(source, from)]),
      ...(to === "" ? [] : [how(destination, to)]),
    ];
    return `(${conditions.join(" and ")})`;
  };

/** Filters whose values may have the form `A->B`. */
export const endFilters: ReadonlySet<keyof ViewFilters> = new Set([
  "subscription",
  "region",
  "virtualNetwork",
  "subnet",
  "virtualMachine",
  "ip",
]);

/** What stands before and behind the arrow; null where there is none. */
export function splitEnds(value: string): [string, string] | null {
  const at = value.indexOf("->");
  return at < 0 ? null : [value.slice(0, at).trim(), value.slice(at + 2).trim()];
}

/** What each filter says of a record; names ignore case, as Azure's do. */
const recordConditions: Readonly<Record<FilterName, Condition>> = {
  subscription: ends(equals, "SrcSubscription", "DestSubscription"),
  resourceGroup: either(within, "SrcSubnet", "DestSubnet", "SrcVm", "DestVm"),
  region: ends(equals, "SrcRegion", "DestRegion"),
  virtualNetwork: ends(within, "SrcSubnet", "DestSubnet"),
  subnet: ends(equals, "SrcSubnet", "DestSubnet"),
  virtualMachine: ends(equals, "SrcVm", "DestVm"),
  ip: (value) =>
    splitEnds(value) === null
      ? `${either(equals, "SrcIp", "DestIp")(value)} or ${either(lists, "SrcPublicIps", "DestPublicIps")(value)}`
      : ends(equals, "SrcIp", "DestIp")(value),
  flowType: either(equals, "FlowType"),
  rule: either(equals, "AclRule"),
  port,
  service: either(equals, "L7Protocol"),
  country: either(equals, "Country"),
  azureRegion: either(equals, "AzureRegion"),
  connection: either(equals, "ConnectionName"),
  targetType: either(equals, "TargetResourceType"),
  status: either(equals, "FlowStatus"),
  direction: either(equals, "FlowDirection"),
};

const {
  region: _region,
  connection: _connection,
  targetType: _targetType,
  ...sharedConditions
} = recordConditions;

const addressConditions: Conditions = {
  ...sharedConditions,
  subscription: either(equals, "LocalSubscription"),
  resourceGroup: either(within, "LocalSubnet", "LocalVm"),
  virtualNetwork: either(within, "LocalSubnet"),
  subnet: either(equals, "LocalSubnet"),
  virtualMachine: either(equals, "LocalVm"),
  ip: either(equals, "Ip", "LocalIp"),
};

const detailConditions: Conditions = {
  ip: either(equals, "Ip"),
  flowType: either(equals, "FlowType"),
  country: either(equals, "Country"),
  azureRegion: either(equals, "Region"),
};

const { azureRegion: _azureRegion, ...tupleShared } = sharedConditions;

const tupleConditions: Conditions = {
  ...tupleShared,
  ip: ends(equals, "SrcIp", "DestIp"),
  country: either(equals, "SrcCountry", "DestCountry"),
};

const conditionsOf: Readonly<Record<ViewSource, Conditions>> = {
  flows: recordConditions,
  records: recordConditions,
  addresses: addressConditions,
  details: detailConditions,
  tuples: tupleConditions,
};

/** Names of the filters, for those who read requests. */
export const filterNames = Object.keys(recordConditions) as FilterName[];

/** The filters that a view can apply. */
export const filtersOf = ({ reads }: Pick<FlowView, "reads">): FilterName[] =>
  filterNames.filter((name) => conditionsOf[reads][name] !== undefined);

/** Whether its rows know both ends, so that `A->B` says something. */
export const takesEnds = ({ reads }: Pick<FlowView, "reads">, name: FilterName): boolean =>
  endFilters.has(name) && reads !== "addresses" && reads !== "details";

/** The table of each source; the names of ours are tables that queries may read as well. */
export const sourceTables: Readonly<Record<ViewSource, string>> = {
  flows: "NTANetAnalyticsDeduplicated",
  records: "NTANetAnalytics",
  addresses: "NightcapPublicFlows",
  details: "NightcapIpDetails",
  tuples: "NightcapFlows",
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
  const times = source === "tuples" ? tupleTimes : intervalTimes;
  const lines = [`let ${name} = ${sourceTables[source]}`, ...times(startMs, endMs), ...conditions];
  return `${lines.join("\n")};`;
}

const intervalTimes = (startMs: number, endMs: number): string[] => [
  // The first condition says nothing more, but is the one that the engine finds rows by.
  `| where FlowIntervalStartTime > ${kqlTime(startMs - intervalMsMax)}`,
  `| where FlowIntervalEndTime > ${kqlTime(startMs)} and FlowIntervalStartTime < ${kqlTime(endMs)}`,
];

/** Tuples of all records that overlap the time, as far as their hours tell. */
const tupleTimes = (startMs: number, endMs: number): string[] => [
  `| where TimeGenerated >= ${kqlTime(hourAt(startMs))} and TimeGenerated < ${kqlTime(hourAt(endMs - 1) + intervalMsMax)}`,
];

const hourAt = (time: number): number => time - (time % intervalMsMax);
