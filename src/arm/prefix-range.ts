import { parseAddressPrefix } from "./address-prefix.ts";

/** The addresses of a network as numbers, both ends included. */
export interface PrefixRange {
  readonly family: "ipv4" | "ipv6";
  readonly length: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** Null for what is neither an address nor a network. Bits behind the prefix are left out of `first`. */
export function prefixRange(text: string): PrefixRange | null {
  const prefix = parseAddressPrefix(text);
  if (prefix === null) return null;
  const { family, length, address } = prefix;
  const hostBits = BigInt((family === "ipv4" ? 32 : 128) - length);
  const value = family === "ipv4" ? readIpv4(address) : readIpv6(address);
  const first = (value >> hostBits) << hostBits;
  return { family, length, first, last: first + (1n << hostBits) - 1n };
}

/** The network as it is written without bits behind the prefix: "10.0.0.7/24" is "10.0.0.0/24". */
export function canonicalPrefix(text: string): string | null {
  const range = prefixRange(text);
  if (range === null) return null;
  return `${writeAddress(range.family, range.first)}/${range.length}`;
}

export const rangeContains = (outer: PrefixRange, inner: PrefixRange): boolean =>
  outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;

export const rangesOverlap = (a: PrefixRange, b: PrefixRange): boolean =>
  a.family === b.family && a.first <= b.last && b.first <= a.last;

const readIpv4 = (text: string): bigint =>
  text.split(".").reduce((sum, part) => (sum << 8n) | BigInt(Number(part)), 0n);

function readIpv6(text: string): bigint {
  // `URL` writes every form of an address in the one of RFC 5952, dotted ends included.
  const plain = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [before = "", after] = plain.split("::");
  const head = groupsOf(before);
  const tail = groupsOf(after ?? "");
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0n);
  return [...head, ...(after === undefined ? [] : zeros), ...tail].reduce(
    (sum, group) => (sum << 16n) | group,
    0n,
  );
}

const groupsOf = (text: string): bigint[] =>
  text === "" ? [] : text.split(":").map((group) => BigInt(`0x${group}`));

function writeAddress(family: PrefixRange["family"], value: bigint): string {
  const parts = family === "ipv4" ? 4n : 8n;
  const bits = family === "ipv4" ? 8n : 16n;
  const groups: string[] = [];
  for (let at = parts - 1n; at >= 0n; at--) {
    const group = (value >> (at * bits)) & ((1n << bits) - 1n);
    groups.push(group.toString(family === "ipv4" ? 10 : 16));
  }
  if (family === "ipv4") return groups.join(".");
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
