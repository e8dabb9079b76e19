import { uint16 } from "../../file/bytes.ts";
import type { Fields, FieldValue } from "../field.ts";
import { computed, when } from "../field-helpers.ts";
import type { Layer } from "../frame.ts";

const etherTypeMin = 1_536;
const groupBit = 0x01;
const localBit = 0x02;

const hexPairs = (bytes: Uint8Array, at: number): string =>
  Array.from(bytes.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, "0")).join(":");

/** The address as text of the ends at these offsets. */
function resolved(...offsets: number[]): Fields[string] {
  return {
    type: "string",
    description: "the address as text; names are not looked up",
    read({ bytes, start, end }: Layer, add: (value: FieldValue) => void): void {
      for (const offset of offsets)
        if (start >= 0 && start + offset + 6 <= end) add(hexPairs(bytes, start + offset));
    },
  };
}

const hasType = ({ bytes, start }: Layer): boolean => uint16(bytes, start + 12) >= etherTypeMin;

/** Fields of Ethernet frames. */
export const ethernetFields: Fields = {
  "eth.dst": { type: "ether", at: 0, description: "destination" },
  "eth.src": { type: "ether", at: 6, description: "source" },
  "eth.addr": { type: "ether", at: [0, 6], description: "source or destination" },
  "eth.dst_resolved": resolved(0),
  "eth.src_resolved": resolved(6),
  "eth.addr_resolved": resolved(0, 6),
  "eth.dst.oui": { type: "uint24", at: 0, description: "vendor's number of the destination" },
  "eth.src.oui": { type: "uint24", at: 6, description: "vendor's number of the source" },
  "eth.addr.oui": { type: "uint24", at: [0, 6], description: "vendor's number of either" },
  "eth.dst.lg": { type: "boolean", at: 0, mask: localBit, description: "locally administered" },
  "eth.src.lg": { type: "boolean", at: 6, mask: localBit, description: "locally administered" },
  "eth.lg": { type: "boolean", at: [0, 6], mask: localBit, description: "locally administered" },
  "eth.dst.ig": { type: "boolean", at: 0, mask: groupBit, description: "group address" },
  "eth.src.ig": { type: "boolean", at: 6, mask: groupBit, description: "group address" },
  "eth.ig": { type: "boolean", at: [0, 6], mask: groupBit, description: "group address" },
  "eth.type": when(hasType, { type: "uint16", at: 12, description: "what it carries" }),
  "eth.len": when((layer) => uint16(layer.bytes, layer.start + 12) <= 1_500, {
    type: "uint16",
    at: 12,
    description: "length, in IEEE 802.3 frames",
  }),
  "eth.padding": computed("bytes", "zeros after a short packet", (layer) => {
    const rest = afterPacket(layer);
    return rest && isPadding(layer, rest) ? rest : null;
  }),
  "eth.trailer": computed("bytes", "bytes after the packet", (layer) => {
    const rest = afterPacket(layer);
    return rest && !isPadding(layer, rest) ? rest : null;
  }),
};

const frameSizeMinBytes = 60;

function isPadding({ start, end }: Layer, rest: Uint8Array): boolean {
  const needed = frameSizeMinBytes - (end - start - rest.length);
  return needed > 0 && rest.subarray(0, needed).every((byte) => byte === 0);
}

/** What comes after the packet that the frame carries, of those that tell their length. */
function afterPacket(layer: Layer): Uint8Array | null {
  const { bytes, start, end } = layer;
  const size = carriedSizeBytes(layer);
  const rest = start + 14 + size;
  return size > 0 && rest < end ? bytes.subarray(rest, end) : null;
}

function carriedSizeBytes({ bytes, start }: Layer): number {
  const type = uint16(bytes, start + 12);
  switch (type) {
    case 0x0800:
      return uint16(bytes, start + 16);
    case 0x86dd:
      return 40 + uint16(bytes, start + 18);
    case 0x0806:
      return 8 + 2 * ((bytes[start + 18] ?? 0) + (bytes[start + 19] ?? 0));
    default:
      return type <= 1_500 ? type : 0;
  }
}
