import type { FlowView, ViewFilters, ViewText } from "./flow-view.ts";
import { knownSubnets } from "./known-estate.ts";
import { bothEnds, networkOf, sums, summed, topRows } from "./kql-text.ts";

const publicTypes = '"ExternalPublic", "AzurePublic", "MaliciousFlow"';

/** Flows of each subnet, and each known subnet once more without any, so that the silent ones are there too. */
const subnetRows = ({ known }: ViewText): string => `let known = ${knownSubnets(known)};
let subnets = union
  (known | project Subnet, Region, Flows = long(0), Bytes = long(0), Packets = long(0), Bad = long(0)),
  (${summed("FlowStatus, FlowType, SrcSubnet, SrcRegion, DestSubnet, DestRegion")}
${bothEnds({ Subnet: ["SrcSubnet", "DestSubnet"], Region: ["SrcRegion", "DestRegion"] })}
| project Subnet, Region, Flows, Bytes, Packets,
    Bad = iff(FlowType == "MaliciousFlow" and FlowStatus == "Allowed", Flows, long(0)))
| where isnotempty(Subnet)
| extend VirtualNetwork = ${networkOf("Subnet")};`;

const stateOf = `extend State = case(AllowedMalicious > 0, "AllowedMalicious", Flows > 0, "Active", "Inactive")`;

const byItem = (item: string): string =>
  `subnets | where isnotempty(${item}) | summarize AllowedMalicious = sum(Bad), ${sums} by ${item}`;

/** Each row for each kind of item that it is about; a kind without any item is there, too. */
const countsByKind = `let counts = subnets
| mv-expand Kind = dynamic(["Regions", "Subnets", "VirtualNetworks"]) to typeof(string)
| extend Item = case(Kind == "Regions", Region, Kind == "Subnets", Subnet, VirtualNetwork)
| where isnotempty(Item)
| summarize AllowedMalicious = sum(Bad), Flows = sum(Flows) by Kind, Item
| summarize Total = count(), Active = countif(Flows > 0), Inactive = countif(Flows == 0),
    AllowedMalicious = countif(AllowedMalicious > 0) by Kind;
union counts, (datatable(Kind: string, Total: long, Active: long, Inactive: long, AllowedMalicious: long)
  ["Regions", 0, 0, 0, 0, "Subnets", 0, 0, 0, 0, "VirtualNetworks", 0, 0, 0, 0])
| summarize Total = sum(Total), Active = sum(Active), Inactive = sum(Inactive),
    AllowedMalicious = sum(AllowedMalicious) by Kind`;

interface PlaceView {
  readonly name: string;
  readonly item: string;
  readonly filter: keyof ViewFilters;
  readonly description: string;
}

const placeView = ({ name, item, filter, description }: PlaceView): FlowView => ({
  name,
  description,
  reads: "flows",
  isCut: true,
  query: (text) => `${subnetRows(text)}
${byItem(item)}
| ${stateOf}
${topRows(text.request.top, text.unit, item)}`,
  drillDown: [{ view: "top-pairs", filters: { [filter]: item } }],
});

/** What the environment consists of, and how it meets the internet. */
export const environmentViews: readonly FlowView[] = [
  {
    name: "environment",
    description:
      "Regions, virtual networks and subnets: active, inactive, with malicious flows let in or out",
    reads: "flows",
    isCut: false,
    query: (text) => `${subnetRows(text)}
${countsByKind}
| order by Kind asc`,
    drillDown: [{ view: "environment-subnets", filters: {} }],
  },
  placeView({
    name: "environment-regions",
    item: "Region",
    filter: "region",
    description: "Regions and whether they are active",
  }),
  placeView({
    name: "environment-virtual-networks",
    item: "VirtualNetwork",
    filter: "virtualNetwork",
    description: "Virtual networks and whether they are active",
  }),
  placeView({
    name: "environment-subnets",
    item: "Subnet",
    filter: "subnet",
    description: "Subnets and whether they are active",
  }),
  {
    name: "internet-connections",
    description: "Connections with external, Azure's and malicious addresses, in and out",
    reads: "flows",
    isCut: false,
    query: () => `${summed("FlowType, FlowDirection, FlowStatus")}
| where FlowType in (${publicTypes})
| order by FlowType asc, FlowDirection asc, FlowStatus asc`,
    drillDown: [{ view: "public-ips", filters: { flowType: "FlowType", status: "FlowStatus" } }],
  },
  {
    name: "internet-port-count",
    description: "How many ports receive from the internet, and how many are tried in vain",
    reads: "flows",
    isCut: false,
    query: () => `flows
| where FlowDirection == "Inbound" and FlowType in (${publicTypes})
| summarize by DestPort, L4Protocol, FlowStatus
| summarize Ports = count() by FlowStatus
| order by FlowStatus asc`,
    drillDown: [{ view: "internet-ports", filters: { status: "FlowStatus" } }],
  },
  {
    name: "internet-machine-count",
    description: "How many virtual machines send to the internet, and how many try in vain",
    reads: "flows",
    isCut: false,
    query: () => `flows
| where FlowDirection == "Outbound" and FlowType in (${publicTypes}) and SrcVm != ""
| summarize by SrcVm, FlowStatus
| summarize Machines = count() by FlowStatus
| order by FlowStatus asc`,
    drillDown: [{ view: "internet-machines", filters: { status: "FlowStatus" } }],
  },
  {
    name: "internet-ports",
    description: "Ports that receive from the internet",
    reads: "flows",
    isCut: true,
    query: ({
      request,
      unit,
    }) => `${summed("DestPort, L4Protocol, L7Protocol, FlowDirection, FlowStatus, FlowType")}
| where FlowDirection == "Inbound" and FlowType in (${publicTypes})
| summarize Allowed = sumif(${unit}, FlowStatus == "Allowed"), Blocked = sumif(${unit}, FlowStatus == "Denied"),
    Malicious = sumif(${unit}, FlowType == "MaliciousFlow"), ${sums} by DestPort, L4Protocol, L7Protocol
${topRows(request.top, unit, "DestPort, L4Protocol, L7Protocol")}`,
    drillDown: [{ view: "public-ips", filters: { port: "DestPort" } }],
  },
  {
    name: "internet-machines",
    description: "Virtual machines that send to the internet",
    reads: "flows",
    isCut: true,
    query: ({ request, unit }) => `${summed("SrcVm, FlowDirection, FlowStatus, FlowType")}
| where FlowDirection == "Outbound" and FlowType in (${publicTypes}) and SrcVm != ""
| summarize Allowed = sumif(${unit}, FlowStatus == "Allowed"), Blocked = sumif(${unit}, FlowStatus == "Denied"),
    Malicious = sumif(${unit}, FlowType == "MaliciousFlow"), ${sums} by Vm = SrcVm
${topRows(request.top, unit, "Vm")}`,
    drillDown: [{ view: "public-ips", filters: { virtualMachine: "Vm" } }],
  },
];
