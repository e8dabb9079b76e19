import type { FlowView } from "./flow-view.ts";
import { amounts, sums, summed, topRows } from "./kql-text.ts";

/** Flows of sites and of clients, which come through a gateway. */
const throughGateway = 'where FlowType in ("S2S", "P2S")';
const connection = "ConnectionName, ConnectionType, FlowType";
const connectionSplit = `${connection}, FlowDirection, FlowStatus`;

export const gatewayViews: readonly FlowView[] = [
  {
    name: "gateways",
    description: "Gateways' connections to sites and clients, the busiest first",
    reads: "flows",
    isCut: true,
    query: ({ request, unit }) => `${summed(connectionSplit)}
| ${throughGateway}
| summarize Inbound = sumif(${unit}, FlowDirection == "Inbound"), Outbound = sumif(${unit}, FlowDirection == "Outbound"),
    Blocked = sumif(${unit}, FlowStatus == "Denied"), ${sums} by ${connection}
${topRows(request.top, unit, connection)}`,
    drillDown: [
      {
        view: "gateway-connections",
        filters: { flowType: "FlowType", connection: "ConnectionName" },
      },
    ],
  },
  {
    name: "gateway-utilisation",
    description: "Bits per second through each connection over time, as a mean of each interval",
    reads: "flows",
    isCut: false,
    query: ({ request }) => `flows
| summarize ${amounts}, Minutes = max(datetime_diff("minute", FlowIntervalEndTime, FlowIntervalStartTime))
    by Time = bin(FlowIntervalStartTime, ${request.binMinutes}m), ${connection}
| ${throughGateway}
| extend BitsPerSecond = round(Bytes * 8.0 / (60 * max_of(Minutes, ${request.binMinutes})), 3)
| project-away Minutes
| order by Time asc, ConnectionName asc, ConnectionType asc, FlowType asc`,
    drillDown: [
      {
        view: "gateway-connections",
        filters: { flowType: "FlowType", connection: "ConnectionName" },
      },
    ],
  },
  {
    name: "gateway-connections",
    description: "Which subnets talk with which sites",
    reads: "flows",
    isCut: true,
    query: ({
      request,
      unit,
    }) => `${summed(`${connection}, SrcSubnet, DestSubnet, SrcLocalNetworkGateway, DestLocalNetworkGateway, FlowStatus`)}
| ${throughGateway}
| extend Subnet = iff(SrcSubnet != "", SrcSubnet, DestSubnet),
    Site = iff(SrcLocalNetworkGateway != "", SrcLocalNetworkGateway, DestLocalNetworkGateway)
| summarize Blocked = sumif(${unit}, FlowStatus == "Denied"), ${sums} by ${connection}, Site, Subnet
${topRows(request.top, unit, `${connection}, Site, Subnet`)}`,
    drillDown: [
      {
        view: "top-pairs",
        filters: { subnet: "Subnet", flowType: "FlowType", connection: "ConnectionName" },
      },
    ],
  },
];
