// Values as Wireshark prints them: for `string()` and for the columns of a packet list.
import { ipv6Text } from "../analysis/addresses.ts";
import type { FieldType } from "../dissect/field.ts";
import { kindOf, type Value, type ValueKind } from "./value-kind.ts";

const nanosecondsPerSecond = 1_000_000_000n;

type Printer = (value: Value, type: FieldType) => string;

const printBytes: Printer = (value, type) =>
  bytesText(value as Uint8Array, type === "ether" ? ":" : "");

const printers: Partial<Record<ValueKind, Printer>> = {
  ipv4: (value) => address4Text(Number(value)),
  ipv6: (value) => ipv6Text(value as Uint8Array),
  relativeTime: (value) => secondsText(value as bigint),
  absoluteTime: (value) => timeText(value as bigint),
  bytes: printBytes,
  protocol: printBytes,
  boolean: (value) => (value === 0 ? "False" : "True"),
};

export function valueText(value: Value, type: FieldType): string {
  return printers[kindOf(type)]?.(value, type) ?? String(value);
}

export function address4Text(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

export function bytesText(bytes: Uint8Array, separator: string): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(separator);
}

/** Seconds with nine decimals. */
export function secondsText(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = String(size % nanosecondsPerSecond).padStart(9, "0");
  return `${nanoseconds < 0n ? "-" : ""}${size / nanosecondsPerSecond}.${fraction}`;
}

/** RFC 3339 with nanoseconds, UTC. */
function timeText(nanoseconds: bigint): string {
  const seconds = nanoseconds / nanosecondsPerSecond;
  const date = new Date(Number(seconds) * 1_000);
  if (Number.isNaN(date.getTime())) return String(nanoseconds);
  const fraction = String(nanoseconds % nanosecondsPerSecond).padStart(9, "0");
  return `${date.toISOString().slice(0, 19)}.${fraction}Z`;
}

const sizes: Partial<Record<FieldType, number>> = {
  boolean: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint24: 3,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float: 4,
  double: 8,
  ipv4: 4,
  ipv6: 16,
  absoluteTime: 8,
  relativeTime: 8,
};

export function valueSizeBytes(value: Value, type: FieldType): number {
  if (typeof value === "string") return value.length;
  if (value instanceof Uint8Array) return value.length;
  return sizes[type] ?? 0;
}
