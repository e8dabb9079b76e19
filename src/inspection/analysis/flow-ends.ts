import type { Endpoint } from "../inspection.ts";
import { type Addresses, ipv4Text } from "./addresses.ts";
import { addressKind } from "./ends.ts";
import { flowWord, kindOf } from "./flow-table.ts";

/** Both ends of the flow whose row begins at `row`. */
export function endpointsOf(
  rows: Int32Array,
  row: number,
  addresses: Addresses,
): { a: Endpoint; b: Endpoint } {
  const ports = rows[row + flowWord.ports] ?? 0;
  return {
    a: { address: addressText(rows, row, flowWord.keyA, addresses), port: ports >>> 16 },
    b: { address: addressText(rows, row, flowWord.keyB, addresses), port: ports & 0xffff },
  };
}

function addressText(rows: Int32Array, row: number, word: number, addresses: Addresses): string {
  const key = rows[row + word] ?? 0;
  return kindOf(rows, row) === addressKind.ipv4 ? ipv4Text(key) : addresses.text(key);
}

/** The number of one end's address (`flowWord.keyA` or `keyB`). */
export function addressNumber(
  rows: Int32Array,
  row: number,
  word: number,
  addresses: Addresses,
): number {
  const key = rows[row + word] ?? 0;
  return kindOf(rows, row) === addressKind.ipv4 ? addresses.ipv4(key) : key;
}
