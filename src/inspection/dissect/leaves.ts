// Protocols of which only the name is told: they carry nothing that is dissected.
import { segmentStream } from "./transport/pdu-stream.ts";
import { leaf } from "./leaf.ts";
import { httpFields } from "./web/http-fields.ts";
import type { Protocol } from "./registry.ts";

export const esp = leaf("esp", { ipProtocols: [50] });
export const ospf = leaf("ospf", { ipProtocols: [89] });
export const vrrp = leaf("vrrp", { ipProtocols: [112] });
export const lldp = leaf("lldp", { etherTypes: [0x88cc] });
export const pppoeDiscovery = leaf("pppoed", { etherTypes: [0x8863] });
export const eigrp = leaf("eigrp", { ipProtocols: [88] });
export const ptp = leaf("ptp", { etherTypes: [0x88f7], udpPorts: [319, 320] });
export const rsvp = leaf("rsvp", { ipProtocols: [46], udpPorts: [3455] });
export const aoe = leaf("aoe", { etherTypes: [0x88a2] });
export const msnlb = leaf("msnlb", { etherTypes: [0x886f] });

// Datagrams that are whole messages
export const dhcp = leaf("dhcp", { udpPorts: [67, 68] });
export const dhcpv6 = leaf("dhcpv6", { udpPorts: [546, 547] });
export const ntp = leaf("ntp", { udpPorts: [123] });
export const nbns = leaf("nbns", { udpPorts: [137] });
export const ssdp = leaf("ssdp", { udpPorts: [1900], fields: httpFields });
export const rip = leaf("rip", { udpPorts: [520] });
export const hsrp = leaf("hsrp", { udpPorts: [1985, 2029] });
export const bfd = leaf("bfd", { udpPorts: [3784, 4784, 6784, 7784] });
export const syslog = leaf("syslog", { udpPorts: [514] });
export const dropboxLan = leaf("db-lsp-disc", { udpPorts: [17500] });
export const coap = leaf("coap", { udpPorts: [5683] });

// Streams of which each segment is told by itself
export const telnet: Protocol = { name: "telnet", tcpPorts: [23], stream: segmentStream("telnet") };
