// Protocols of which only the name is told: they carry nothing that is dissected.
import type { Protocol } from "./registry.ts";

function leaf(name: string, places: Partial<Protocol>): Protocol {
  return { name, ...places, dissect: (frame) => frame.enter(name) };
}

export const arp = leaf("arp", { etherTypes: [0x0806] });
export const igmp = leaf("igmp", { ipProtocols: [2] });
export const esp = leaf("esp", { ipProtocols: [50] });
export const ospf = leaf("ospf", { ipProtocols: [89] });
export const pim = leaf("pim", { ipProtocols: [103] });
export const vrrp = leaf("vrrp", { ipProtocols: [112] });
export const lldp = leaf("lldp", { etherTypes: [0x88cc] });
export const pppoeDiscovery = leaf("pppoed", { etherTypes: [0x8863] });
