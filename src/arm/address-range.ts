export type AddressFamily = "ip" | "ip6";

/** Addresses from `first` to `last`, both included, as numbers. */
export interface AddressRange {
  family: AddressFamily;
  first: bigint;
  last: bigint;
}

/** A block of addresses that share their first `length` bits. */
export interface AddressPrefix {
  family: AddressFamily;
  address: bigint;
  length: number;
}

export const addressBits = { ip: 32, ip6: 128 } as const;

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const ipv6Characters = /^[0-9a-f:.]{2,45}$/i;

/** The URL standard has the same grammar (WHATWG URL, 3.5), and browsers have it too. */
const isIpv6 = (text: string): boolean =>
  ipv6Characters.test(text) && URL.canParse(`http://[${text}]/`);

/** Reads an IPv4 or IPv6 address as a number; null when it is neither (or carries a zone). */
export function parseAddress(text: string): { family: AddressFamily; value: bigint } | null {
  if (ipv4.test(text)) return { family: "ip", value: fromDigits(text.split("."), 8n, 10) };
  if (isIpv6(text)) return { family: "ip6", value: parseIpv6(text) };
  return null;
}

function parseIpv6(text: string): bigint {
  const hex = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)]
      .map((group) => group.toString(16))
      .join(":"),
  );
  const [head = "", tail] = hex.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return fromDigits([...before, ...zeros, ...after], 16n, 16);
}

function fromDigits(digits: readonly string[], bits: bigint, radix: 10 | 16): bigint {
  return digits.reduce(
    (value, digit) => (value << bits) | BigInt(Number.parseInt(digit, radix)),
    0n,
  );
}

/** The address as text that libpcap reads: dotted, or eight groups of hex. */
export function formatAddress(family: AddressFamily, value: bigint): string {
  const [count, bits, radix] = family === "ip" ? [4, 8, 10] : [8, 16, 16];
  const mask = (1n << BigInt(bits)) - 1n;
  return Array.from({ length: count }, (_, index) =>
    ((value >> BigInt((count - 1 - index) * bits)) & mask).toString(radix),
  ).join(family === "ip" ? "." : ":");
}

/** The fewest prefixes that hold exactly the range's addresses: at most 2 * bits - 2. */
export function prefixesOfRange({ family, first, last }: AddressRange): AddressPrefix[] {
  const bits = addressBits[family];
  const prefixes: AddressPrefix[] = [];
  for (let at = first; at <= last;) {
    let free = 0;
    while (free < bits && fits(at, free + 1, last)) free++;
    prefixes.push({ family, address: at, length: bits - free });
    at += 1n << BigInt(free);
  }
  return prefixes;
}

/** True when a block of 2^free addresses may begin at `at` and does not pass `last`. */
function fits(at: bigint, free: number, last: bigint): boolean {
  const size = 1n << BigInt(free);
  return at % size === 0n && at + size - 1n <= last;
}
