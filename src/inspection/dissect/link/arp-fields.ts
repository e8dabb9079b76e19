import { uint16 } from "../../file/bytes.ts";
import type { Field, Fields } from "../field.ts";
import { computed } from "../field-helpers.ts";
import type { Layer } from "../frame.ts";

const headerSizeBytes = 8;
const etherType = 0x0800;

/** An address of the packet, `index` of: sender's and its protocol's, target's and its protocol's. */
function address(type: "ether" | "ipv4", index: number, description: string): Field {
  return computed(type, description, (layer) => addressAt(layer, type, index));
}

function addressAt(
  { bytes, start, end }: Layer,
  type: "ether" | "ipv4",
  index: number,
): Uint8Array | null {
  const hardwareSize = bytes[start + 4] ?? 0;
  const protocolSize = bytes[start + 5] ?? 0;
  if (type === "ether" ? hardwareSize !== 6 : !isIpv4({ bytes, start })) return null;
  const pairs = index >> 1;
  const at =
    start +
    headerSizeBytes +
    pairs * (hardwareSize + protocolSize) +
    (index & 1 ? hardwareSize : 0);
  const size = type === "ether" ? 6 : 4;
  return at + size <= end ? bytes.subarray(at, at + size) : null;
}

function isIpv4({ bytes, start }: Pick<Layer, "bytes" | "start">): boolean {
  return uint16(bytes, start + 2) === etherType && bytes[start + 5] === 4;
}

function sameProtocolAddress(layer: Layer): boolean {
  const sender = addressAt(layer, "ipv4", 1);
  const target = addressAt(layer, "ipv4", 3);
  return Boolean(sender && target) && sender?.every((byte, at) => byte === target?.[at]) === true;
}

/** RFC 826; announcements and probes are of RFC 5227. */
export const arpFields: Fields = {
  "arp.hw.type": { type: "uint16", at: 0, description: "kind of hardware" },
  "arp.proto.type": { type: "uint16", at: 2, description: "kind of protocol" },
  "arp.hw.size": { type: "uint8", at: 4, description: "size of hardware addresses" },
  "arp.proto.size": { type: "uint8", at: 5, description: "size of protocol addresses" },
  "arp.opcode": { type: "uint16", at: 6, description: "1 asks, 2 answers" },
  "arp.src.hw_mac": address("ether", 0, "sender's MAC address"),
  "arp.src.proto_ipv4": address("ipv4", 1, "sender's IPv4 address"),
  "arp.dst.hw_mac": address("ether", 2, "target's MAC address"),
  "arp.dst.proto_ipv4": address("ipv4", 3, "target's IPv4 address"),
  "arp.isgratuitous": computed("boolean", "tells its own address unasked", (layer) =>
    sameProtocolAddress(layer) ? true : null,
  ),
  "arp.isprobe": computed("boolean", "asks whether an address is in use", (layer) => {
    const sender = addressAt(layer, "ipv4", 1);
    const isProbe =
      uint16(layer.bytes, layer.start + 6) === 1 && sender?.every((byte) => byte === 0);
    return isProbe ? true : null;
  }),
  "arp.isannouncement": computed("boolean", "announces an address", (layer) =>
    uint16(layer.bytes, layer.start + 6) === 1 && sameProtocolAddress(layer) ? true : null,
  ),
};
