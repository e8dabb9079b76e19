import type { FieldType } from "../dissect/field.ts";

/** Types that are compared and computed with in the same way. */
export type ValueKind =
  | "none"
  | "integer"
  | "wide"
  | "boolean"
  | "float"
  | "string"
  | "bytes"
  | "protocol"
  | "ipv4"
  | "ipv6"
  | "absoluteTime"
  | "relativeTime";

/** A value while a filter is evaluated: IPv4 addresses are numbers, 64-bit integers and times bigint. */
export type Value = number | bigint | string | Uint8Array;

const kinds: Readonly<Record<FieldType, ValueKind>> = {
  none: "none",
  protocol: "protocol",
  boolean: "boolean",
  uint8: "integer",
  uint16: "integer",
  uint24: "integer",
  uint32: "integer",
  uint64: "wide",
  int8: "integer",
  int16: "integer",
  int32: "integer",
  int64: "wide",
  float: "float",
  double: "float",
  string: "string",
  bytes: "bytes",
  ipv4: "ipv4",
  ipv6: "ipv6",
  ether: "bytes",
  guid: "bytes",
  absoluteTime: "absoluteTime",
  relativeTime: "relativeTime",
};

export function kindOf(type: FieldType): ValueKind {
  return kinds[type];
}

/** Names of types in messages. */
const names: Readonly<Record<ValueKind, string>> = {
  none: "no value, only presence",
  integer: "a number",
  wide: "a number",
  boolean: "True or False",
  float: "a number",
  string: "text",
  bytes: "bytes",
  protocol: "a protocol's bytes",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  absoluteTime: "a time",
  relativeTime: "a duration in seconds",
};

export function kindName(kind: ValueKind): string {
  return names[kind];
}

/** True when values of both can be compared with each other. */
export function areComparable(one: ValueKind, other: ValueKind): boolean {
  const isBytes = (kind: ValueKind): boolean => kind === "bytes" || kind === "protocol";
  return one === other || (isBytes(one) && isBytes(other));
}

export function isSliceable(kind: ValueKind): boolean {
  return ["bytes", "protocol", "string", "ipv4", "ipv6"].includes(kind);
}

/** Kinds that `contains` and `matches` look into. */
export function isSearchable(kind: ValueKind): boolean {
  return kind === "bytes" || kind === "protocol" || kind === "string";
}

export function allowsArithmetic(kind: ValueKind, operator: string): boolean {
  if (operator === "&") return ["integer", "wide", "bytes", "ipv4", "ipv6"].includes(kind);
  const isNumber = kind === "integer" || kind === "wide" || kind === "float";
  return isNumber || (kind === "relativeTime" && (operator === "+" || operator === "-"));
}
