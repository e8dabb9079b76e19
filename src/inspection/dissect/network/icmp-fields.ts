import { uint16In } from "../../file/bytes.ts";
import type { Fields } from "../field.ts";
import { computed, internetChecksum, when } from "../field-helpers.ts";
import type { Layer } from "../frame.ts";

const good = 1;
const bad = 0;
const unverified = 2;
const withIdentifier: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18]);

const typeOf = ({ bytes, start }: Layer): number => bytes[start] ?? 0;
const hasIdentifier = (layer: Layer): boolean => withIdentifier.has(typeOf(layer));

/** RFC 792. */
export const icmpFields: Fields = {
  "icmp.type": { type: "uint8", at: 0, description: "type of message" },
  "icmp.code": { type: "uint8", at: 1, description: "code within the type" },
  "icmp.checksum": { type: "uint16", at: 2, description: "checksum" },
  "icmp.checksum.status": computed("uint8", "0 bad, 1 good, 2 not verified", (layer) => {
    const { bytes, start, end, wireEnd } = layer;
    if (wireEnd !== end) return unverified;
    return internetChecksum(bytes, start, end) === 0 ? good : bad;
  }),
  "icmp.ident": when(hasIdentifier, { type: "uint16", at: 4, description: "identifier" }),
  "icmp.ident_le": computed("uint16", "identifier, little-endian", (layer) =>
    hasIdentifier(layer) ? uint16In(layer.bytes, layer.start + 4, true) : null,
  ),
  "icmp.seq": when(hasIdentifier, { type: "uint16", at: 6, description: "sequence number" }),
  "icmp.seq_le": computed("uint16", "sequence number, little-endian", (layer) =>
    hasIdentifier(layer) ? uint16In(layer.bytes, layer.start + 6, true) : null,
  ),
  "icmp.mtu": when((layer) => typeOf(layer) === 3 && layer.bytes[layer.start + 1] === 4, {
    type: "uint16",
    at: 6,
    description: "MTU of the next hop",
  }),
  "icmp.redir_gw": when((layer) => typeOf(layer) === 5, {
    type: "ipv4",
    at: 4,
    description: "gateway to use instead",
  }),
};
