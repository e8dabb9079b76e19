import { uint16 } from "../../file/bytes.ts";
import type { Fields } from "../field.ts";
import { when } from "../field-helpers.ts";

const etherTypeMin = 1_536;

function tagFields(name: string): Fields {
  return {
    [`${name}.priority`]: { type: "uint16", at: 0, mask: 0xe000, description: "class of service" },
    [`${name}.dei`]: { type: "boolean", at: 0, mask: 0x10, description: "may be dropped first" },
    [`${name}.id`]: { type: "uint16", at: 0, mask: 0x0fff, description: "number of the VLAN" },
  };
}

/** Fields of IEEE 802.1Q tags. */
export const vlanFields: Fields = {
  ...tagFields("vlan"),
  "vlan.etype": when(({ bytes, start }) => uint16(bytes, start + 2) >= etherTypeMin, {
    type: "uint16",
    at: 2,
    description: "what it carries",
  }),
  "vlan.len": when(({ bytes, start }) => uint16(bytes, start + 2) < etherTypeMin, {
    type: "uint16",
    at: 2,
    description: "length, in IEEE 802.3 frames",
  }),
};

/** Fields of IEEE 802.1ad tags. */
export const serviceVlanFields: Fields = tagFields("ieee8021ad");
