/** Kinds of traffic that share a colour in the list. */
export type Family =
  | "bad"
  | "dns"
  | "web"
  | "secure"
  | "tcp"
  | "udp"
  | "control"
  | "link"
  | "other";

const protocolsOf: Readonly<Record<Exclude<Family, "bad" | "other">, readonly string[]>> = {
  dns: ["dns", "mdns", "llmnr", "nbns", "dhcp", "dhcpv6", "ntp"],
  web: ["http", "http2", "websocket", "grpc", "json", "xml", "ftp", "smtp", "imap", "pop"],
  secure: ["tls", "ssl", "dtls", "quic", "ssh", "esp", "ah", "wg", "openvpn"],
  tcp: ["tcp", "sctp"],
  udp: ["udp"],
  control: ["icmp", "icmpv6", "igmp", "ospf", "bgp", "vrrp", "pim", "ip", "ipv6"],
  link: ["arp", "eth", "lldp", "stp", "cdp", "llc", "wlan", "vlan", "sll"],
};

const familyOf = new Map<string, Family>(
  Object.entries(protocolsOf).flatMap(([family, names]) =>
    names.map((name): [string, Family] => [name, family as Family]),
  ),
);

/** A reset, or what the dissector could not read, stands out from its protocol. */
export function rowFamily({ protocol, info }: { protocol: string; info: string }): Family {
  if (protocol.startsWith("_ws.") || /\[[A-Z, ]*\bRST\b/.test(info)) return "bad";
  return familyOf.get(protocol) ?? "other";
}
