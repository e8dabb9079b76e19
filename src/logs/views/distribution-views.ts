import type { FlowView, ViewFilters } from "./flow-view.ts";
import { grid, gridCells } from "./grid-kql.ts";
import { knownMachines } from "./known-estate.ts";
import { bothEnds, networkOf } from "./kql-text.ts";

interface Ends {
  readonly name: string;
  readonly description: string;
  /** The column of the answer, and those of its two ends in the records. */
  readonly item: string;
  readonly ends: readonly [string, string];
  readonly filter: keyof ViewFilters;
}

const endsView = ({ name, description, item, ends, filter }: Ends): FlowView => ({
  name,
  description,
  reads: "flows",
  isCut: true,
  query: (text) => `${gridCells(text, ends.join(", "))}
${bothEnds({ [item]: ends })}
| where isnotempty(${item})
${grid(item, text)}`,
  drillDown: [{ view: "top-pairs", filters: { [filter]: item } }],
});

/** The grids behind the portal's tiles. */
export const distributionViews: readonly FlowView[] = [
  endsView({
    name: "distribution-ips",
    description: "Addresses of records; those in the lists of public addresses are in public-ips",
    item: "Ip",
    ends: ["SrcIp", "DestIp"],
    filter: "ip",
  }),
  endsView({
    name: "distribution-subnets",
    description: "Subnets",
    item: "Subnet",
    ends: ["SrcSubnet", "DestSubnet"],
    filter: "subnet",
  }),
  endsView({
    name: "distribution-hosts",
    description: "Virtual machines",
    item: "Vm",
    ends: ["SrcVm", "DestVm"],
    filter: "virtualMachine",
  }),
  {
    name: "distribution-virtual-networks",
    description: "Virtual networks",
    reads: "flows",
    isCut: true,
    query: (text) => `${gridCells(text, "SrcSubnet, DestSubnet")}
| extend SrcNetwork = ${networkOf("SrcSubnet")}, DestNetwork = ${networkOf("DestSubnet")}
${bothEnds({ VirtualNetwork: ["SrcNetwork", "DestNetwork"] })}
| where isnotempty(VirtualNetwork)
${grid("VirtualNetwork", text)}`,
    drillDown: [{ view: "distribution-subnets", filters: { virtualNetwork: "VirtualNetwork" } }],
  },
  {
    name: "distribution-scale-sets",
    description: "Scale sets, by the virtual machines that are known to belong to one",
    reads: "flows",
    isCut: true,
    query: (text) => `let members = ${knownMachines(text.known)};
${gridCells(text, "SrcVm, DestVm")}
| lookup (members | project SrcVm = Vm, SrcScaleSet = ScaleSet) on SrcVm
| lookup (members | project DestVm = Vm, DestScaleSet = ScaleSet) on DestVm
${bothEnds({ ScaleSet: ["SrcScaleSet", "DestScaleSet"] })}
| where isnotempty(ScaleSet)
${grid("ScaleSet", text)}`,
    drillDown: [],
  },
  {
    name: "distribution-conversations",
    description: "Frequent conversations: both ends of a flow, whoever began it",
    reads: "flows",
    isCut: true,
    query: (text) => `${gridCells(text, "SrcIp, DestIp, Country, AzureRegion")}
| extend Source = case(SrcIp != "", SrcIp, AzureRegion != "", AzureRegion, Country),
    Destination = case(DestIp != "", DestIp, AzureRegion != "", AzureRegion, Country)
| extend First = min_of(Source, Destination), Second = max_of(Source, Destination)
${grid("First, Second", text)}`,
    drillDown: [{ view: "ports", filters: { ip: "First" } }],
  },
];
