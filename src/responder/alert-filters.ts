import { isIP } from "node:net";
import type { AlertFlow } from "../alert/logs/log-detail.ts";
import type { IncomingAlert } from "../alert/parse-alert.ts";
import type { CaptureRequestFilter } from "./capture-client.ts";

/** Dimensions that name a flow's parts, in both generations of Azure's tables and in Nightcap's. */
const dimensionNames: Readonly<Record<string, keyof FlowParts>> = {
  srcip: "SrcIp",
  srcip_s: "SrcIp",
  destip: "DestIp",
  destip_s: "DestIp",
  remoteip: "RemoteIp",
  destport: "DestPort",
  destport_d: "DestPort",
  l4protocol: "L4Protocol",
  l4protocol_s: "L4Protocol",
  flowdirection: "FlowDirection",
  flowdirection_s: "FlowDirection",
};

interface FlowParts {
  SrcIp?: string | undefined;
  DestIp?: string | undefined;
  /** The side that is not the machine's, where no more is known. */
  RemoteIp?: string | undefined;
  DestPort?: number | string | undefined;
  L4Protocol?: string | undefined;
  FlowDirection?: string | undefined;
}

/** A filter whose ports are still a set. */
interface Wanted {
  protocol: "TCP" | "UDP" | "Any";
  local: string;
  remote: string;
  localPort: number | null;
  remotePort: number | null;
}

/**
 * Azure's filters for what an alert is about, on one machine: its flows where it carries all of them, else the addresses
 * that its dimensions name. None when it names no address, as metric alerts do: then everything is recorded.
 */
export function filtersOf(
  alert: Pick<IncomingAlert, "criteria">,
  machineId: string,
): CaptureRequestFilter[] {
  const wanted = alert.criteria.flatMap((criterion) => {
    const { flows, hasAllFlows, dimensions } = criterion;
    const own = flows.filter(({ resourceId }) => isOf(resourceId, machineId));
    const parts = hasAllFlows && own.length > 0 ? own : [partsOf(dimensions)];
    return parts.flatMap(filtersOfFlow);
  });
  return joinPorts(wanted);
}

const isOf = (resourceId: AlertFlow["resourceId"], machineId: string): boolean =>
  resourceId === undefined || resourceId.toLowerCase() === machineId.toLowerCase();

function partsOf(dimensions: readonly { name: string; value: string }[]): FlowParts {
  const parts: Record<string, string> = {};
  for (const { name, value } of dimensions) {
    const part = dimensionNames[name.toLowerCase()];
    if (part !== undefined) parts[part] = value;
  }
  return parts;
}

/** One filter where the flow's direction says which side is the machine's, else one for either side. */
function filtersOfFlow(flow: FlowParts): Wanted[] {
  const source = addressOf(flow.SrcIp);
  const destination = addressOf(flow.DestIp);
  const remote = addressOf(flow.RemoteIp);
  const protocol = protocolOf(flow.L4Protocol);
  const port = protocol.hasPorts ? portOf(flow.DestPort) : null;
  const shared = { protocol: protocol.name, localPort: null, remotePort: null };
  if (source === "" && destination === "") {
    return remote === "" ? [] : [{ ...shared, local: "", remote }];
  }
  // No packet has both, and a capture would be refused for it.
  if (source !== "" && destination !== "" && isIP(source) !== isIP(destination)) return [];
  const inbound = { ...shared, local: destination, remote: source, localPort: port };
  const outbound = { ...shared, local: source, remote: destination, remotePort: port };
  const direction = (flow.FlowDirection ?? "").slice(0, 1).toUpperCase();
  if (direction === "I") return [inbound];
  return direction === "O" ? [outbound] : [inbound, outbound];
}

/** The address as a filter may have it; "" for what is none. */
const addressOf = (text: string | undefined): string =>
  text !== undefined && isIP(text) !== 0 && !text.includes("%") ? text : "";

function protocolOf(text = ""): { name: Wanted["protocol"]; hasPorts: boolean } {
  const word = text.toUpperCase();
  if (word === "T" || word === "TCP" || word === "6") return { name: "TCP", hasPorts: true };
  if (word === "U" || word === "UDP" || word === "17") return { name: "UDP", hasPorts: true };
  return { name: "Any", hasPorts: word === "" };
}

function portOf(value: number | string | undefined): number | null {
  const port = value === undefined || value === "" ? 0 : Number(value);
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : null;
}

/** Filters that differ in their ports alone are one. */
function joinPorts(wanted: readonly Wanted[]): CaptureRequestFilter[] {
  const groups = Map.groupBy(wanted, ({ protocol, local, remote, localPort, remotePort }) =>
    [protocol, local, remote, localPort === null, remotePort === null].join("|"),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { protocol, local, remote } = first;
    const localPort = portList(group.map((each) => each.localPort));
    const remotePort = portList(group.map((each) => each.remotePort));
    return [
      {
        protocol,
        ...(local === "" ? {} : { localIPAddress: local }),
        ...(remote === "" ? {} : { remoteIPAddress: remote }),
        ...(localPort === "" ? {} : { localPort }),
        ...(remotePort === "" ? {} : { remotePort }),
      },
    ];
  });
}

/** `a`, or Azure's list `a;b;`. */
function portList(ports: readonly (number | null)[]): string {
  const known = [...new Set(ports.filter((port) => port !== null))].toSorted((a, b) => a - b);
  return known.length > 1 ? `${known.join(";")};` : known.join("");
}
