import { ipv6Text } from "../../analysis/addresses.ts";
import { uint16, uint32 } from "../../file/bytes.ts";
import type { Field, Fields, FieldType, FieldValue } from "../field.ts";
import type { Layer } from "../frame.ts";

const headerSizeBytes = 40;
const fragmentHeader = 44;
const authentication = 51;
const extensionCountMax = 64;
const extensionNames: ReadonlyMap<number, string> = new Map([
  [0, "ipv6.hopopts"],
  [43, "ipv6.routing"],
  [44, "ipv6.fraghdr"],
  [60, "ipv6.dstopts"],
]);

function addressText(...offsets: number[]): Field {
  return {
    type: "string",
    description: "the address as text; names are not looked up",
    read({ bytes, start, end }, add) {
      for (const offset of offsets)
        if (start >= 0 && start + offset + 16 <= end)
          add(ipv6Text(bytes.subarray(start + offset, start + offset + 16)));
    },
  };
}

/** Calls for each extension header of a kind, with its place and size. */
function eachExtension(
  { bytes, start, end }: Layer,
  kind: number,
  call: (at: number, size: number) => void,
): void {
  let next = bytes[start + 6] ?? 0;
  let at = start + headerSizeBytes;
  for (let count = 0; count < extensionCountMax && at + 8 <= end; count++) {
    const isKnown = extensionNames.has(next) || next === authentication;
    if (!isKnown) return;
    const units = bytes[at + 1] ?? 0;
    const size =
      next === fragmentHeader ? 8 : next === authentication ? (units + 2) * 4 : (units + 1) * 8;
    if (next === kind) call(at, size);
    if (next === fragmentHeader && (uint16(bytes, at + 2) & 0xfff8) !== 0) return;
    next = bytes[at] ?? 0;
    at += size;
  }
}

function extensionField(
  kind: number,
  type: FieldType,
  description: string,
  read: (bytes: Uint8Array, at: number, size: number) => FieldValue,
): Field {
  return {
    type,
    description,
    read(layer, add) {
      if (layer.start >= 0)
        eachExtension(layer, kind, (at, size) => add(read(layer.bytes, at, size)));
    },
  };
}

function extensionFields(kind: number): Fields {
  const name = extensionNames.get(kind) ?? "";
  return {
    [name]: extensionField(kind, "protocol", "the extension header", (bytes, at, size) =>
      bytes.subarray(at, at + size),
    ),
    [`${name}.nxt`]: extensionField(kind, "uint8", "next header", (bytes, at) => bytes[at] ?? 0),
    ...(kind !== fragmentHeader && {
      [`${name}.len`]: extensionField(
        kind,
        "uint8",
        "length in units of 8 bytes, less one",
        (bytes, at) => bytes[at + 1] ?? 0,
      ),
      [`${name}.len_oct`]: extensionField(kind, "uint16", "length, bytes", (_, __, size) => size),
    }),
  };
}

const fragmentFields: Fields = {
  "ipv6.fraghdr.offset": extensionField(
    fragmentHeader,
    "uint16",
    "offset in units of 8 bytes",
    (bytes, at) => uint16(bytes, at + 2) >> 3,
  ),
  "ipv6.fraghdr.more": extensionField(fragmentHeader, "boolean", "more fragments", (bytes, at) =>
    Boolean((bytes[at + 3] ?? 0) & 1),
  ),
  "ipv6.fraghdr.ident": extensionField(fragmentHeader, "uint32", "identification", (bytes, at) =>
    uint32(bytes, at + 4),
  ),
};

/** RFC 8200. */
export const ipv6Fields: Fields = {
  "ip.version": { type: "uint8", at: 0, mask: 0xf0, description: "version, 4 or 6" },
  "ipv6.version": { type: "uint8", at: 0, mask: 0xf0, description: "version, 6" },
  "ipv6.tclass": { type: "uint32", at: 0, mask: 0x0ff00000, description: "traffic class" },
  "ipv6.tclass.dscp": { type: "uint32", at: 0, mask: 0x0fc00000, description: "code point" },
  "ipv6.tclass.ecn": { type: "uint32", at: 0, mask: 0x00300000, description: "congestion" },
  "ipv6.flow": { type: "uint24", at: 1, mask: 0x0fffff, description: "flow label" },
  "ipv6.plen": { type: "uint16", at: 4, description: "length of what follows, bytes" },
  "ipv6.nxt": { type: "uint8", at: 6, description: "next header" },
  "ipv6.hlim": { type: "uint8", at: 7, description: "hops left" },
  "ipv6.src": { type: "ipv6", at: 8, description: "source" },
  "ipv6.dst": { type: "ipv6", at: 24, description: "destination" },
  "ipv6.addr": { type: "ipv6", at: [8, 24], description: "source or destination" },
  "ipv6.src_host": addressText(8),
  "ipv6.dst_host": addressText(24),
  "ipv6.host": addressText(8, 24),
  ...extensionFields(0),
  ...extensionFields(43),
  "ipv6.routing.type": extensionField(43, "uint8", "type of routing", (b, at) => b[at + 2] ?? 0),
  "ipv6.routing.segleft": extensionField(43, "uint8", "segments left", (b, at) => b[at + 3] ?? 0),
  ...extensionFields(44),
  ...fragmentFields,
  ...extensionFields(60),
};
