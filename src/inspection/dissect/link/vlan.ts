import { uint16 } from "../../file/bytes.ts";
import { dissectTypeOrLength } from "./ethernet.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { serviceVlanFields, vlanFields } from "./vlan-fields.ts";

const tagSizeBytes = 4;

function dissectTag(frame: Frame, at: number, name: string): void {
  frame.enter(name, at);
  if (!frame.has(at, tagSizeBytes)) return;
  dissectTypeOrLength(frame, at + tagSizeBytes, uint16(frame.bytes, at + 2));
}

/** IEEE 802.1Q, and the tag types used before 802.1ad settled one. */
export const vlan: Protocol = {
  name: "vlan",
  etherTypes: [0x8100, 0x9100, 0x9200],
  dissect: (frame, at) => dissectTag(frame, at, "vlan"),
  fields: vlanFields,
};

/** IEEE 802.1ad, the outer tag of QinQ. */
export const serviceVlan: Protocol = {
  name: "ieee8021ad",
  etherTypes: [0x88a8],
  dissect: (frame, at) => dissectTag(frame, at, "ieee8021ad"),
  fields: serviceVlanFields,
};
