import type { Fields } from "../field.ts";

/** RFC 2784. */
export const greFields: Fields = {
  "gre.flags_and_version": { type: "uint16", at: 0, description: "flags and version" },
  "gre.proto": { type: "uint16", at: 2, description: "what it carries" },
};

/** RFC 7348. */
export const vxlanFields: Fields = {
  "vxlan.flags": { type: "uint16", at: 0, description: "flags" },
  "vxlan.vni": { type: "uint24", at: 4, description: "number of the network" },
};

/** RFC 3032. */
export const mplsFields: Fields = {
  "mpls.label": { type: "uint32", at: 0, mask: 0xfffff000, description: "label" },
  "mpls.exp": { type: "uint32", at: 0, mask: 0x00000e00, description: "traffic class" },
  "mpls.bottom": { type: "uint32", at: 0, mask: 0x00000100, description: "the last label" },
  "mpls.ttl": { type: "uint32", at: 0, mask: 0x000000ff, description: "hops left" },
};
