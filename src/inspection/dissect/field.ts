import type { Layer } from "./frame.ts";

/** Kinds of values, named as Wireshark's field reference names them (its `ftenum` without the prefix). */
export type FieldType =
  | "none"
  | "protocol"
  | "boolean"
  | "uint8"
  | "uint16"
  | "uint24"
  | "uint32"
  | "uint64"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "float"
  | "double"
  | "string"
  | "bytes"
  | "ipv4"
  | "ipv6"
  | "ether"
  | "guid"
  | "absoluteTime"
  | "relativeTime";

/**
 * A value of a field. Addresses and bytes are bytes; 64-bit integers are bigint; times are nanoseconds
 * (since the epoch, or a duration) as bigint; `none` is true.
 */
export type FieldValue = number | bigint | boolean | string | Uint8Array;

/** One field: read from its layer's bytes, or noted by the dissector when it has neither `at` nor `read`. */
export interface Field {
  type: FieldType;
  /** What it is, for people. */
  description?: string;
  /**
   * Byte offset within the layer of a field of fixed place and of its type's size, big endian; several
   * where the field stands for more than one, as `ip.addr` does.
   */
  at?: number | readonly number[];
  /** Bits of the value at `at`; it is shifted down to the lowest of them. */
  mask?: number;
  /** Size in bytes of a `bytes` or `string` field at `at`. */
  sizeBytes?: number;
  /** Adds every value that the layer holds; damaged layers hold none. */
  read?(layer: Layer, add: (value: FieldValue) => void): void;
  /** Of a field that is told when its message is parsed as a whole: what parses it. */
  parse?: (layer: Layer, emit: (field: string, value: FieldValue) => void) => void;
}

export type Fields = Readonly<Record<string, Field>>;
