import type { FlowView } from "./flow-view.ts";
import { topRows } from "./kql-text.ts";

export const addressAmounts =
  "Flows = sum(Flows), Bytes = sum(BytesSrcToDest + BytesDestToSrc), Packets = sum(PacketsSrcToDest + PacketsDestToSrc)";

const facts = ["Country", "City", "AsOwner", "ServiceTag", "ThreatList", "ThreatEntry"] as const;

/** Public addresses: the grid behind the counts, and the page of one. */
export const addressViews: readonly FlowView[] = [
  {
    name: "public-ip-counts",
    description: "How many external, Azure and malicious addresses there were",
    reads: "details",
    isCut: false,
    query: () => `details
| summarize by FlowType, Ip
| summarize Addresses = count() by FlowType
| order by FlowType asc`,
    drillDown: [{ view: "public-ips", filters: { flowType: "FlowType" } }],
  },
  {
    name: "public-ips",
    description: "Public addresses with owner, country, service tag and threat",
    reads: "addresses",
    isCut: true,
    query: ({ request, unit }) => `flows
| summarize ${addressAmounts}, Blocked = sumif(Flows, FlowStatus == "Denied") by Ip, FlowType
${topRows(request.top, unit, "Ip, FlowType")}
| join kind=leftouter (
    details
    | summarize ${facts.map((name) => `${name} = max(${name})`).join(", ")} by Ip
  ) on Ip
| project Ip, FlowType, ${facts.join(", ")}, Blocked, Flows, Bytes, Packets
| order by ${unit} desc, Ip asc, FlowType asc`,
    drillDown: [{ view: "public-ip", filters: { ip: "Ip" } }],
  },
  {
    name: "public-ip",
    description: "One public address: who talked to it, over what, and what the rules did",
    reads: "addresses",
    isCut: true,
    needs: ["ip"],
    query: ({ request, unit }) => `flows
| summarize ${addressAmounts}, FirstSeen = min(FlowIntervalStartTime), LastSeen = max(FlowIntervalEndTime)
    by Ip, LocalIp, LocalVm, LocalSubnet, FlowDirection, FlowStatus, FlowType, DestPort, L4Protocol, L7Protocol, AclGroup, AclRule
${topRows(request.top, unit, "LocalIp, LocalVm, DestPort, L4Protocol, FlowDirection, FlowStatus, AclRule")}`,
    drillDown: [
      { view: "top-pairs", filters: { ip: "LocalIp" } },
      { view: "rule-trend", filters: { rule: "AclRule" } },
    ],
  },
  {
    name: "public-ip-trend",
    description: "One public address over time, in and out, allowed and denied",
    reads: "addresses",
    isCut: false,
    needs: ["ip"],
    query: ({ request }) => `flows
| summarize ${addressAmounts}
    by Time = bin(FlowIntervalStartTime, ${request.binMinutes}m), FlowDirection, FlowStatus, FlowType
| order by Time asc, FlowDirection asc, FlowStatus asc, FlowType asc`,
    drillDown: [],
  },
  {
    name: "public-ip-hosts",
    description: "Who talks with one public address",
    reads: "addresses",
    isCut: true,
    needs: ["ip"],
    query: ({ request, unit }) => `flows
| summarize ${addressAmounts}, Blocked = sumif(Flows, FlowStatus == "Denied"),
    FirstSeen = min(FlowIntervalStartTime), LastSeen = max(FlowIntervalEndTime) by LocalIp, LocalVm, LocalSubnet
${topRows(request.top, unit, "LocalIp, LocalVm, LocalSubnet")}`,
    drillDown: [{ view: "top-pairs", filters: { ip: "LocalIp" } }],
  },
  {
    name: "public-ip-details",
    description:
      "One public address: owner, country, place, and the threat with its list, its entry and since when",
    reads: "details",
    isCut: true,
    needs: ["ip"],
    query: ({ request }) => `details
| summarize FirstSeen = min(FlowIntervalStartTime), arg_max(TimeGenerated, *) by Ip, FlowType
| project Ip, FlowType, Country, City, Latitude, Longitude, HasLocation, Asn, AsOwner, ServiceTag, Region,
    ThreatType, ThreatDescription, ThreatList, ThreatListVersion, ThreatEntry, ThreatFirstSeen, FirstSeen, LastSeen = TimeGenerated
| order by Ip asc, FlowType asc
| take ${request.top}`,
    drillDown: [{ view: "public-ip", filters: { ip: "Ip" } }],
  },
];
