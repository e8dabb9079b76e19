import type { FlowView } from "./flow-view.ts";
import { amounts, sums, summed, topRows } from "./kql-text.ts";

const pair = "SrcIp, DestIp, SrcSubnet, DestSubnet, FlowType, Country, AzureRegion";

/** What the portal's first page shows. */
export const overviewViews: readonly FlowView[] = [
  {
    name: "overview",
    description: "Traffic over time, in and out, by flow type, allowed and denied",
    reads: "flows",
    isCut: false,
    query: ({ request }) =>
      `${summed(`Time = bin(FlowIntervalStartTime, ${request.binMinutes}m), FlowDirection, FlowStatus, FlowType`)}
| order by Time asc, FlowDirection asc, FlowStatus asc, FlowType asc`,
    drillDown: [
      {
        view: "top-pairs",
        filters: { direction: "FlowDirection", status: "FlowStatus", flowType: "FlowType" },
      },
    ],
  },
  {
    name: "top-pairs",
    description:
      "Who talks most with whom; a public side without an address is a country or a region",
    reads: "flows",
    isCut: true,
    query: ({ request, unit }) => `flows
| summarize ${amounts}, SrcVm = max(SrcVm), DestVm = max(DestVm)
    by ${pair}
${topRows(request.top, unit, pair)}
| project SrcIp, DestIp, SrcVm, DestVm, SrcSubnet, DestSubnet, FlowType, Country, AzureRegion, Flows, Bytes, Packets`,
    drillDown: [{ view: "ports", filters: { ip: "SrcIp", flowType: "FlowType" } }],
  },
  {
    name: "blocked-rules",
    description: "Rules that denied most",
    reads: "records",
    isCut: true,
    query: ({ request, unit }) => `${summed("AclGroup, AclRule, FlowDirection, FlowStatus")}
| where FlowStatus == "Denied"
| project AclGroup, AclRule, FlowDirection, Flows, Bytes, Packets
${topRows(request.top, unit, "AclGroup, AclRule, FlowDirection")}`,
    drillDown: [{ view: "rule-trend", filters: { rule: "AclRule", direction: "FlowDirection" } }],
  },
  {
    name: "distribution",
    description:
      "Total, allowed and blocked, in and out, benign and malicious: the numbers of the tiles",
    reads: "flows",
    isCut: false,
    query: () => `${summed("FlowStatus, FlowDirection, FlowType")}
| extend Kind = iff(FlowType == "MaliciousFlow", "Malicious", "Benign")
| summarize ${sums} by FlowStatus, FlowDirection, Kind
| order by FlowStatus asc, FlowDirection asc, Kind asc`,
    drillDown: [
      { view: "top-pairs", filters: { status: "FlowStatus", direction: "FlowDirection" } },
    ],
  },
];
