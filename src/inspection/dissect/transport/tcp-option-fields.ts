import { uint16, uint32 } from "../../file/bytes.ts";
import type { Field, Fields, FieldType, FieldValue } from "../field.ts";
import type { Layer } from "../frame.ts";

const headerSizeMin = 20;
const kind = {
  end: 0,
  noOperation: 1,
  segmentSize: 2,
  windowScale: 3,
  selectivePermitted: 4,
  selective: 5,
  timestamps: 8,
  signature: 19,
  userTimeout: 28,
  fastOpen: 34,
} as const;

type OptionReader = (bytes: Uint8Array, at: number, size: number) => FieldValue;

/** Calls for each option of the header; a damaged length ends them. */
function eachOption(
  { bytes, start, end }: Layer,
  call: (type: number, at: number, size: number) => void,
): void {
  const last = Math.min(end, start + ((bytes[start + 12] ?? 0) >> 4) * 4);
  for (let at = start + headerSizeMin; at < last;) {
    const type = bytes[at] ?? 0;
    const size = type <= kind.noOperation ? 1 : (bytes[at + 1] ?? 0);
    if (size === 0 || at + size > last || (type > kind.noOperation && size < 2)) return;
    call(type, at, size);
    at += size;
  }
}

/** A value of each option of a type and, where told, a size; of any option where the type is null. */
function option(
  wanted: { type: number | null; size?: number },
  type: FieldType,
  description: string,
  read: OptionReader,
): Field {
  return {
    type,
    description,
    read(layer, add) {
      if (layer.start < 0) return;
      eachOption(layer, (found, at, size) => {
        const isType = wanted.type === null || wanted.type === found;
        if (isType && (wanted.size === undefined || wanted.size === size))
          add(read(layer.bytes, at, size));
      });
    },
  };
}

const whole: OptionReader = (bytes, at, size) => bytes.subarray(at, at + size);

function presence(name: string, type: number): Fields {
  return { [`tcp.options.${name}`]: option({ type }, "protocol", "the option", whole) };
}

/** Edges count from the beginning of the other side's stream. */
function baseOf({ facts }: Layer): number {
  return facts && "reverseBase" in facts ? Number(facts.reverseBase) : 0;
}

function edges(offset: number, description: string): Field {
  return {
    type: "uint32",
    description,
    read(layer, add) {
      if (layer.start < 0) return;
      eachOption(layer, (type, at, size) => {
        if (type !== kind.selective) return;
        for (let block = at + 2; block + 8 <= at + size; block += 8)
          add((uint32(layer.bytes, block + offset) - baseOf(layer)) >>> 0);
      });
    },
  };
}

/** Options of TCP's header. */
export const tcpOptionFields: Fields = {
  "tcp.options": {
    type: "bytes",
    description: "all options",
    read({ bytes, start, end }, add) {
      const last = start + ((bytes[start + 12] ?? 0) >> 4) * 4;
      if (start >= 0 && last > start + headerSizeMin && last <= end)
        add(bytes.subarray(start + headerSizeMin, last));
    },
  },
  "tcp.option_kind": option({ type: null }, "uint8", "kind of an option", (b, at) => b[at] ?? 0),
  "tcp.option_len": {
    type: "uint8",
    description: "length of an option, bytes",
    read(layer, add) {
      if (layer.start < 0) return;
      eachOption(layer, (type, _, size) => {
        if (type > kind.noOperation) add(size);
      });
    },
  },
  ...presence("eol", kind.end),
  ...presence("nop", kind.noOperation),
  ...presence("mss", kind.segmentSize),
  ...presence("wscale", kind.windowScale),
  ...presence("sack_perm", kind.selectivePermitted),
  ...presence("sack", kind.selective),
  ...presence("timestamp", kind.timestamps),
  ...presence("md5", kind.signature),
  ...presence("user_to", kind.userTimeout),
  ...presence("tfo", kind.fastOpen),
  "tcp.options.mss_val": option(
    { type: kind.segmentSize, size: 4 },
    "uint16",
    "largest segment, bytes",
    (bytes, at) => uint16(bytes, at + 2),
  ),
  "tcp.options.wscale.shift": option(
    { type: kind.windowScale, size: 3 },
    "uint8",
    "shift of the window",
    (bytes, at) => bytes[at + 2] ?? 0,
  ),
  "tcp.options.wscale.multiplier": option(
    { type: kind.windowScale, size: 3 },
    "uint16",
    "factor of the window",
    (bytes, at) => 2 ** Math.min(bytes[at + 2] ?? 0, 14),
  ),
  "tcp.options.sack_le": edges(0, "left edge of a block"),
  "tcp.options.sack_re": edges(4, "right edge of a block"),
  "tcp.options.sack.count": option({ type: kind.selective }, "uint8", "blocks", (_, __, size) =>
    Math.floor((size - 2) / 8),
  ),
  "tcp.options.timestamp.tsval": option(
    { type: kind.timestamps, size: 10 },
    "uint32",
    "sender's time",
    (bytes, at) => uint32(bytes, at + 2),
  ),
  "tcp.options.timestamp.tsecr": option(
    { type: kind.timestamps, size: 10 },
    "uint32",
    "time that is echoed",
    (bytes, at) => uint32(bytes, at + 6),
  ),
};
