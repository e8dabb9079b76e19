import { flowLogType } from "../../arm/flow-log.ts";
import { parseResourceId, sameId } from "../../arm/resource-id.ts";
import { subnetType, virtualNetworkType } from "../../arm/virtual-network.ts";
import type { ColumnMatch, RowMatch } from "../../logs/log-query.ts";
import { networkInterfaceType, virtualMachineType } from "../../provider/compute/machines.ts";
import { securityGroupType } from "../../provider/network/security-group-store.ts";

/** Columns that say whose a row is. */
interface Ownership {
  /** Columns of whole ids. */
  readonly fullIds: readonly string[];
  readonly shortIds: readonly ShortId[];
  /** The column of the flow log that wrote a row, and how ids are written in it. */
  readonly flowLog?: { readonly column: string; readonly idIn: (id: string) => string };
  readonly sides: readonly Side[];
}

/** A column of ids as Traffic Analytics writes them, "subscription/group/name". */
interface ShortId {
  readonly column: string;
  /** Types that occur in it; where several do, with what another column then says. */
  readonly types: ReadonlyMap<string, string>;
  readonly typeColumn?: string;
}

/** Columns of one side of a flow, with names as Traffic Analytics writes them: "rg/vm", "rg/vnet/subnet". */
interface Side {
  readonly machine: string;
  readonly networkInterface: string | null;
  readonly subnet: string;
  readonly subscription: string;
}

const typesOf = (words: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(words).map(([type, word]) => [type.toLowerCase(), word]));

const logTargets: ShortId = {
  column: "TargetResourceId",
  types: typesOf({
    [virtualNetworkType]: "VirtualNetwork",
    [subnetType]: "Subnet",
    [networkInterfaceType]: "NetworkInterface",
    [securityGroupType]: "NetworkSecurityGroup",
    [virtualMachineType]: "",
  }),
  typeColumn: "TargetResourceType",
};
const flowLogs: ShortId = {
  column: "FlowLogResourceId",
  types: typesOf({ [flowLogType]: "" }),
};

const newSide = (which: "Src" | "Dest"): Side => ({
  machine: `${which}Vm`,
  networkInterface: `${which}Nic`,
  subnet: `${which}Subnet`,
  subscription: `${which}Subscription`,
});
const olderSide = (number: 1 | 2): Side => ({
  machine: `VM${number}_s`,
  networkInterface: `NIC${number}_s`,
  subnet: `Subnet${number}_s`,
  subscription: `Subscription${number}_g`,
});

const netAnalytics: Ownership = {
  fullIds: ["AclGroup"],
  shortIds: [logTargets, flowLogs],
  flowLog: { column: flowLogs.column, idIn: shortIdOf },
  sides: [newSide("Src"), newSide("Dest")],
};

const hosts: Ownership = {
  fullIds: ["FlowLogResourceId", "TargetResourceId", "VirtualMachineId"],
  shortIds: [],
  flowLog: { column: "FlowLogResourceId", idIn: (id) => id },
  sides: [newSide("Src")],
};

/** The tables of which rows belong to a resource; of the others only the whole subscription sees any. */
const ownerships: Readonly<Record<string, Ownership>> = {
  NTANetAnalytics: netAnalytics,
  NTANetAnalyticsDeduplicated: netAnalytics,
  AzureNetworkAnalytics_CL: {
    fullIds: [],
    shortIds: [{ column: "NSGList_s", types: typesOf({ [securityGroupType]: "" }) }],
    sides: [olderSide(1), olderSide(2)],
  },
  NightcapFlows: {
    fullIds: ["AclGroup", "FlowLogResourceId", "TargetResourceId", "VirtualMachineId"],
    shortIds: [],
    flowLog: { column: "FlowLogResourceId", idIn: (id) => id },
    sides: [
      { ...newSide("Src"), networkInterface: null },
      { ...newSide("Dest"), networkInterface: null },
    ],
  },
  NightcapDestinations: hosts,
  NightcapHosts: hosts,
  AzureDiagnostics: { fullIds: ["ResourceId"], shortIds: [], sides: [] },
};

/** Rows of a table that are about a resource, or about what is in it. */
export function rowsOfResource(resourceId: string, table: string): RowMatch[] {
  const ownership = ownerships[table];
  if (!ownership) return [];
  const { id } = parseResourceId(resourceId);
  const named = nameMatches(id);
  return [
    ...ownership.fullIds.flatMap((column): RowMatch[] => [
      [equals(column, id)],
      [startsWith(column, `${id}/`)],
    ]),
    ...ownership.shortIds.flatMap((each) => shortMatches(id, each)),
    ...ownership.sides.flatMap((side) =>
      named(side).map((match) => [match, ofSubscription(id, side)]),
    ),
  ];
}

const equals = (column: string, ...values: readonly string[]): ColumnMatch => ({
  column,
  how: "equals",
  values,
});
const startsWith = (column: string, value: string): ColumnMatch => ({
  column,
  how: "startsWith",
  values: [value],
});

/** Names say no subscription, which a column of its own does, where it is known. */
const ofSubscription = (id: string, { subscription }: Side): ColumnMatch =>
  equals(subscription, parseResourceId(id).subscriptionId ?? "", "");

function shortIdOf(id: string): string {
  const { subscriptionId, resourceGroupName, provider, names } = parseResourceId(id);
  const own = provider === null ? [] : names;
  return [subscriptionId, resourceGroupName, ...own].filter((part) => part !== null).join("/");
}

function shortMatches(id: string, { column, types, typeColumn }: ShortId): RowMatch[] {
  const { type, provider } = parseResourceId(id);
  const short = shortIdOf(id);
  if (provider === null) return [[startsWith(column, `${short}/`)]];
  const ofType = (word: string): ColumnMatch[] => (typeColumn ? [equals(typeColumn, word)] : []);
  const wanted = type.toLowerCase();
  return [...types].flatMap(([each, word]): RowMatch[] => {
    if (each === wanted) return [[equals(column, short), ...ofType(word)]];
    const isBelow = each.startsWith(`${wanted}/`);
    return isBelow ? [[startsWith(column, `${short}/`), ...ofType(word)]] : [];
  });
}

/** How the columns of names are compared for one resource. */
function nameMatches(id: string): (side: Side) => ColumnMatch[] {
  const { resourceGroupName: group, type, names, provider } = parseResourceId(id);
  if (group === null) return () => [];
  if (provider === null)
    return ({ machine, networkInterface, subnet }) =>
      [machine, networkInterface, subnet]
        .filter((column) => column !== null)
        .map((column) => startsWith(column, `${group}/`));
  const name = [group, ...names].join("/");
  const wanted = type.toLowerCase();
  if (wanted === virtualMachineType.toLowerCase()) return ({ machine }) => [equals(machine, name)];
  if (wanted === networkInterfaceType.toLowerCase())
    return ({ networkInterface }) =>
      networkInterface === null ? [] : [equals(networkInterface, name)];
  if (wanted === virtualNetworkType.toLowerCase())
    return ({ subnet }) => [startsWith(subnet, `${name}/`)];
  return wanted === subnetType.toLowerCase() ? ({ subnet }) => [equals(subnet, name)] : () => [];
}

/** A flow log as far as its rows are known by it. */
export interface LoggedResource {
  readonly flowLogId: string;
  readonly targetId: string;
}

/** Rows that flow logs wrote: where the table does not name the flow log, those of what it is of. */
export function rowsOfFlowLogs(logs: readonly LoggedResource[], table: string): RowMatch[] {
  const flowLog = ownerships[table]?.flowLog;
  if (!flowLog) return logs.flatMap(({ targetId }) => rowsOfResource(targetId, table));
  const ids = logs.map(({ flowLogId }) => flowLog.idIn(flowLogId));
  return ids.length > 0 ? [[equals(flowLog.column, ...ids)]] : [];
}

/** Whether an id names the whole subscription, whose rows are all rows. */
export const isWhole = (resourceId: string, subscription: string): boolean =>
  sameId(resourceId, subscription);
