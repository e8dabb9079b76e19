import type { FlowView } from "./flow-view.ts";
import { grid, gridCells } from "./grid-kql.ts";
import { amounts, summed, topRows } from "./kql-text.ts";

/** IANA's ranges (RFC 6335, 6). */
const range = `case(DestPort < 1024, "0-1023", DestPort < 49152, "1024-49151", "49152-65535")`;

export const portViews: readonly FlowView[] = [
  {
    name: "port-ranges",
    description: "Flows by range of the destination's port",
    reads: "flows",
    isCut: true,
    query: (text) => `${gridCells(text, "DestPort")}
| extend PortRange = ${range}
${grid("PortRange", text)}`,
    drillDown: [{ view: "ports", filters: {} }],
  },
  {
    name: "ports",
    description: "Destination ports with their services",
    reads: "flows",
    isCut: true,
    query: (text) =>
      `${gridCells(text, "DestPort, L4Protocol, L7Protocol")}
${grid("DestPort, L4Protocol, L7Protocol", text)}`,
    drillDown: [{ view: "top-pairs", filters: { port: "DestPort" } }],
  },
  {
    name: "l7-protocols",
    description: "Services, by their protocol of layer 7",
    reads: "flows",
    isCut: true,
    query: (text) => `${gridCells(text, "L7Protocol")}
| extend L7Protocol = iff(L7Protocol == "", "Unknown", L7Protocol)
${grid("L7Protocol", text)}`,
    drillDown: [{ view: "ports", filters: { service: "L7Protocol" } }],
  },
  {
    name: "port-trend",
    description: "The busiest ports over time",
    reads: "flows",
    isCut: true,
    query: ({
      request,
      unit,
    }) => `let busiest = ${summed("DestPort")}\n${topRows(request.top, unit, "DestPort")}
| project DestPort;
flows
| where DestPort in (busiest)
| summarize ${amounts}
    by Time = bin(FlowIntervalStartTime, ${request.binMinutes}m), DestPort
| order by Time asc, DestPort asc`,
    drillDown: [{ view: "top-pairs", filters: { port: "DestPort" } }],
  },
];
