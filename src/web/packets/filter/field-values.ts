import type { FieldType } from "../../../inspection/dissect/field.ts";
import { kindOf } from "../../../inspection/filter/value-kind.ts";
import type { Offer } from "./completion.ts";

/** What is known to be in the capture, the most common first. */
export interface CaptureValues {
  addresses: readonly string[];
  ports: readonly number[];
  names: readonly string[];
}

type Named = readonly (readonly [value: string, means: string])[];

const dnsTypes: Named = [
  ["1", "A"],
  ["2", "NS"],
  ["5", "CNAME"],
  ["6", "SOA"],
  ["12", "PTR"],
  ["15", "MX"],
  ["16", "TXT"],
  ["28", "AAAA"],
  ["33", "SRV"],
  ["65", "HTTPS"],
];
const tlsVersions: Named = [
  ["0x0301", "TLS 1.0"],
  ["0x0302", "TLS 1.1"],
  ["0x0303", "TLS 1.2"],
  ["0x0304", "TLS 1.3"],
];
const linkTypes: Named = [
  ["0x0800", "IPv4"],
  ["0x0806", "ARP"],
  ["0x8100", "VLAN"],
  ["0x86dd", "IPv6"],
];
const ipProtocols: Named = [
  ["1", "ICMP"],
  ["6", "TCP"],
  ["17", "UDP"],
  ["47", "GRE"],
  ["50", "ESP"],
  ["58", "ICMPv6"],
  ["132", "SCTP"],
];

/** Values with a meaning that nobody knows by heart, by the field's name. */
const named: Readonly<Record<string, Named>> = {
  "http.request.method": ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"].map(
    (method) => [`"${method}"`, ""] as const,
  ),
  "http.response.code": [
    ["200", "OK"],
    ["301", "Moved Permanently"],
    ["304", "Not Modified"],
    ["400", "Bad Request"],
    ["401", "Unauthorized"],
    ["403", "Forbidden"],
    ["404", "Not Found"],
    ["500", "Internal Server Error"],
    ["502", "Bad Gateway"],
    ["503", "Service Unavailable"],
  ],
  "dns.qry.type": dnsTypes,
  "dns.resp.type": dnsTypes,
  "dns.flags.rcode": [
    ["0", "no error"],
    ["1", "format error"],
    ["2", "server failure"],
    ["3", "no such name"],
    ["5", "refused"],
  ],
  "tls.handshake.type": [
    ["1", "Client Hello"],
    ["2", "Server Hello"],
    ["11", "Certificate"],
    ["12", "Server Key Exchange"],
    ["16", "Client Key Exchange"],
    ["20", "Finished"],
  ],
  "tls.handshake.version": tlsVersions,
  "tls.record.version": tlsVersions,
  "tls.record.content_type": [
    ["20", "Change Cipher Spec"],
    ["21", "Alert"],
    ["22", "Handshake"],
    ["23", "Application Data"],
  ],
  "icmp.type": [
    ["0", "echo reply"],
    ["3", "destination unreachable"],
    ["5", "redirect"],
    ["8", "echo request"],
    ["11", "time exceeded"],
  ],
  "icmpv6.type": [
    ["1", "destination unreachable"],
    ["2", "packet too big"],
    ["128", "echo request"],
    ["129", "echo reply"],
    ["133", "router solicitation"],
    ["134", "router advertisement"],
    ["135", "neighbor solicitation"],
    ["136", "neighbor advertisement"],
  ],
  "arp.opcode": [
    ["1", "request"],
    ["2", "reply"],
  ],
  "eth.type": linkTypes,
  "ip.proto": ipProtocols,
  "ipv6.nxt": ipProtocols,
};

const truths: Named = [
  ["True", ""],
  ["False", ""],
];

/** Values that make sense for a field: what they mean, or what this capture has. */
export function valuesOf(
  { name, type }: { name: string; type: FieldType },
  seen: CaptureValues,
): Offer[] {
  const values = named[name] ?? valuesByType(name, type, seen);
  return values.map(([text, description]) => ({ kind: "value", text, type: "", description }));
}

function valuesByType(name: string, type: FieldType, seen: CaptureValues): Named {
  const kind = kindOf(type);
  if (kind === "boolean") return truths;
  if (kind === "ipv4" || kind === "ipv6") {
    const isV6 = kind === "ipv6";
    return seen.addresses.filter((text) => text.includes(":") === isV6).map((text) => [text, ""]);
  }
  if (name.endsWith("port")) return seen.ports.map((port) => [String(port), ""]);
  if (/(?:\.host|qry\.name|server_name)$/.test(name))
    return seen.names.map((text) => [JSON.stringify(text), ""]);
  return [];
}
