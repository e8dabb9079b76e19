import { uint16 } from "../../file/bytes.ts";
import type { Field, Fields } from "../field.ts";
import { computed } from "../field-helpers.ts";
import type { Layer } from "../frame.ts";

const headerSizeMin = 20;
/** What Wireshark says of checksums that it was not told to verify. */
const unverified = 2;

function addressText(...offsets: number[]): Field {
  return {
    type: "string",
    description: "the address as text; names are not looked up",
    read({ bytes, start, end }, add) {
      for (const offset of offsets)
        if (start >= 0 && start + offset + 4 <= end)
          add(bytes.subarray(start + offset, start + offset + 4).join("."));
    },
  };
}

/** One option of the header, from its type's place. */
interface HeaderOption {
  type: number;
  at: number;
  size: number;
}

function optionsOf({ bytes, start, end }: Layer): HeaderOption[] {
  const options: HeaderOption[] = [];
  const last = Math.min(end, start + ((bytes[start] ?? 0) & 15) * 4);
  for (let at = start + headerSizeMin; at < last;) {
    const type = bytes[at] ?? 0;
    const size = type < 2 ? 1 : (bytes[at + 1] ?? 0);
    if (size === 0 || at + size > last || (type >= 2 && size < 2)) break;
    options.push({ type, at, size });
    if (type === 0) break;
    at += size;
  }
  return options;
}

function eachOption(
  description: string,
  read: (layer: Layer, option: HeaderOption) => number,
): Field {
  return {
    type: "uint8",
    description,
    read(layer, add) {
      if (layer.start >= 0) for (const option of optionsOf(layer)) add(read(layer, option));
    },
  };
}

/** RFC 791. */
export const ipv4Fields: Fields = {
  "ip.version": { type: "uint8", at: 0, mask: 0xf0, description: "version, 4" },
  "ip.hdr_len": computed(
    "uint8",
    "length of the header, bytes",
    ({ bytes, start }) => ((bytes[start] ?? 0) & 15) * 4,
  ),
  "ip.dsfield": { type: "uint8", at: 1, description: "differentiated services" },
  "ip.dsfield.dscp": { type: "uint8", at: 1, mask: 0xfc, description: "code point" },
  "ip.dsfield.ecn": { type: "uint8", at: 1, mask: 0x03, description: "congestion notification" },
  "ip.len": { type: "uint16", at: 2, description: "length of the packet, bytes" },
  "ip.id": { type: "uint16", at: 4, description: "identification of fragments" },
  "ip.flags": { type: "uint8", at: 6, mask: 0xe0, description: "the three flags" },
  "ip.flags.rb": { type: "boolean", at: 6, mask: 0x80, description: "reserved" },
  "ip.flags.df": { type: "boolean", at: 6, mask: 0x40, description: "do not fragment" },
  "ip.flags.mf": { type: "boolean", at: 6, mask: 0x20, description: "more fragments" },
  "ip.frag_offset": computed(
    "uint16",
    "offset of the fragment, bytes",
    ({ bytes, start }) => (uint16(bytes, start + 6) & 0x1fff) * 8,
  ),
  "ip.ttl": { type: "uint8", at: 8, description: "hops left" },
  "ip.proto": { type: "uint8", at: 9, description: "what it carries" },
  "ip.checksum": { type: "uint16", at: 10, description: "checksum of the header" },
  "ip.checksum.status": computed("uint8", "always 2: not verified", () => unverified),
  "ip.src": { type: "ipv4", at: 12, description: "source" },
  "ip.dst": { type: "ipv4", at: 16, description: "destination" },
  "ip.addr": { type: "ipv4", at: [12, 16], description: "source or destination" },
  "ip.src_host": addressText(12),
  "ip.dst_host": addressText(16),
  "ip.host": addressText(12, 16),
  "ip.opt.type": eachOption("type of an option", (_, { type }) => type),
  "ip.opt.len": {
    type: "uint8",
    description: "length of an option, bytes",
    read(layer, add) {
      if (layer.start < 0) return;
      for (const { type, size } of optionsOf(layer)) if (type > 1) add(size);
    },
  },
};
