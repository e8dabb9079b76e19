// How the records of `flow_interval` (alias `f`) read as Azure's columns.
import { encryptionCodes } from "../../flowlog/flow-batch.ts";

/** An IPv4 address without the IPv6 prefix that it is kept under. */
export const addressText = (column: string): string =>
  `replaceRegexpOne(toString(${column}), '^::ffff:(\\\\d)', '\\\\1')`;

/** Blank where the record is of an area, not of one address. */
export const sideAddress = (side: "source" | "destination"): string =>
  `if(f.${side} = toIPv6('::'), '', ${addressText(`f.${side}`)})`;

export const area = (side: "source" | "destination", fact: string): string =>
  `simpleJSONExtractString(f.${side}Area, '${fact}')`;

export const origin = (fact: string): string => `simpleJSONExtractString(f.origin, '${fact}')`;

/** `subscription/group/name`, with a child's name after it, as Traffic Analytics writes most ids: in small letters. */
export function shortId(id: string): string {
  const parent = `replaceRegexpOne(lower(${id}),
    '^/subscriptions/([^/]*)/resourcegroups/([^/]*)/providers/[^/]*/[^/]*/([^/]*)', '\\\\1/\\\\2/\\\\3')`;
  return `replaceRegexpOne(${parent}, '^([^/]+/[^/]+/[^/]+)/[^/]+/([^/]+)$', '\\\\1/\\\\2')`;
}

/** What a flow log is of, in Azure's words. */
export const targetType = `transform(extract(lower(${origin("targetId")}), '/([^/]+)/[^/]+$'),
  ['virtualnetworks', 'subnets', 'networkinterfaces', 'networksecuritygroups'],
  ['VirtualNetwork', 'Subnet', 'NetworkInterface', 'NetworkSecurityGroup'], '')`;

/** Fact of the side at whose network interface the record was made. */
export const captured = (fact: string): string =>
  `if(f.direction = 0, ${area("destination", fact)}, ${area("source", fact)})`;

/** Fact of the other side. */
export const remote = (fact: string): string =>
  `if(f.direction = 0, ${area("source", fact)}, ${area("destination", fact)})`;

/** Flows of a record: begun or denied in it; one that only went on in this interval is one flow. */
export const flowCount = "if(f.isDenied, f.denied, greatest(f.begun, 1))";

/** Exactly one of the four is not zero in a record. */
export const flowsWhen = (direction: 0 | 1, isDenied: 0 | 1): string =>
  `if(f.direction = ${direction} AND f.isDenied = ${isDenied}, ${flowCount}, 0)`;

/** Out and in are seen from the flow's source, whichever way the flow goes (Traffic Analytics' schema page). */
export const outbound = (unit: "packets" | "bytes"): string => `f.${unit}ToDestination`;

export const inbound = (unit: "packets" | "bytes"): string => `f.${unit}ToSource`;

/** The name of a port's service; Azure writes the word where there is none. */
export const l7Protocol = "if(f.l7Protocol = '', 'Unknown', f.l7Protocol)";

export const protocolLetter =
  "multiIf(f.protocol = 6, 'T', f.protocol = 17, 'U', toString(f.protocol))";

/** Names of the analytics table for what the log says of encryption (VNet flow logs' schema page). */
const encryptionNames: Readonly<Record<(typeof encryptionCodes)[number], string>> = {
  "": "",
  X: "Encrypted",
  NX: "Unencrypted",
  NX_HW_NOT_SUPPORTED: "Unsupported hardware",
  NX_SW_NOT_READY: "Software not ready",
  NX_NOT_ACCEPTED: "Drop due to no encryption",
  NX_NOT_SUPPORTED: "Discovery not supported",
  NX_LOCAL_DST: "Destination on same host",
  NX_FALLBACK: "Fall back to no encryption",
};

export const encryptionName = `arrayElement([${encryptionCodes
  .map((code) => `'${encryptionNames[code]}'`)
  .join(", ")}], f.encryption + 1)`;

/** Entries of a record's list of public addresses; more are left out of the list, not of the counts. */
const publicAddressesMax = 1000;

/** `IP|started|ended|outbound packets|inbound packets|outbound bytes|inbound bytes`, space-separated. */
export function publicAddresses(side: "source" | "destination"): string {
  const list = (index: number): string =>
    `arraySlice(f.${side}Addresses.${index}, 1, ${publicAddressesMax})`;
  return `arrayStringConcat(arrayMap((address, begun, ended, packetsTo, packetsFrom, bytesTo, bytesFrom) ->
    concat(${addressText("address")}, '|', toString(begun), '|', toString(ended), '|',
      toString(packetsTo), '|', toString(packetsFrom), '|', toString(bytesTo), '|', toString(bytesFrom)),
    ${[1, 2, 3, 4, 5, 6, 7].map(list).join(", ")}), ' ')`;
}

/** `addresses of one tag, space-separated|tag`. */
export const serviceTags = (side: "source" | "destination"): string =>
  `if(${area(side, "serviceTag")} = '', '', concat(arrayStringConcat(arrayMap(address -> ${addressText("address")},
    arraySlice(f.${side}Addresses.1, 1, ${publicAddressesMax})), ' '), '|', ${area(side, "serviceTag")}))`;

export const sourcePorts =
  "arrayStringConcat(arrayMap(port -> toString(port), arraySort(f.sourcePorts)), '|')";

export const intervalEnd = "f.start + toIntervalMinute(f.intervalMinutes)";

/** The last flow's beginning; of flows that only went on, the last that was seen of them. */
export const flowEnd = "if(toUnixTimestamp(f.lastBegin) = 0, f.lastTime, f.lastBegin)";

export const connectingNetworks = `if(f.flowType = 'InterVNet',
  concat(${area("source", "virtualNetwork")}, ' ', ${area("destination", "virtualNetwork")}), '')`;

/** The gateway's connection, where one side is a site or a client of it. */
export const connection = (fact: "connectionName" | "connectionType"): string =>
  `if(f.flowType IN ('S2S', 'P2S'), ${remote(fact)}, '')`;
