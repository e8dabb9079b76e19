import { ascii, hexDigit } from "./ascii.ts";

const groupsPerAddress = 8;
const octetsPerIpv4 = 4;
const digitsPerGroup = 4;
const ipv6LengthMax = 45;

/** The 16-bit groups of the address of the last successful `readIpv6`. */
export const ipv6Groups = new Uint16Array(groupsPerAddress);

/**
 * Reads the IPv6 address (RFC 4291, 2.2) between `at` and `end` into `ipv6Groups`, in all three forms of text; false
 * when it is none. An IPv4 address alone is not read here.
 */
export function readIpv6(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < 2 || end - at > ipv6LengthMax) return false;
  let count = 0;
  // Where the zeros of "::" are put in; -1 when there are none.
  let gap = -1;
  let next = at;
  if (isPair(bytes, next)) {
    gap = 0;
    next += 2;
  }
  while (next < end) {
    if (count === groupsPerAddress) return false;
    const start = next;
    let value = 0;
    for (; next < end && next - start < digitsPerGroup; next++) {
      const digit = hexDigit(bytes[next] ?? 0);
      if (digit < 0) break;
      value = value * 16 + digit;
    }
    if (next === start) return false;
    if (next < end && bytes[next] === ascii.dot) {
      if (!readIpv4Tail(bytes, start, end, count)) return false;
      count += 2;
      break;
    }
    ipv6Groups[count++] = value;
    if (next === end) break;
    if (bytes[next] !== ascii.colon || next + 1 === end) return false;
    if (isPair(bytes, next)) {
      if (gap >= 0) return false;
      gap = count;
      next++;
    }
    next++;
  }
  return fillGap(gap, count);
}

function isPair(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === ascii.colon && bytes[at + 1] === ascii.colon;
}

/** The last 32 bits in decimal, as in ::ffff:10.0.0.4. */
function readIpv4Tail(bytes: Uint8Array, start: number, end: number, count: number): boolean {
  if (count > groupsPerAddress - 2) return false;
  const text = String.fromCharCode(...bytes.subarray(start, end));
  const octets = text.split(".").map((octet) => (/^(0|[1-9]\d{0,2})$/.test(octet) ? +octet : 256));
  if (octets.length !== octetsPerIpv4 || octets.some((octet) => octet > 255)) return false;
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  ipv6Groups[count] = a * 256 + b;
  ipv6Groups[count + 1] = c * 256 + d;
  return true;
}

/** "::" stands for at least one group of zeros (RFC 5952, 4.2.2 forbids to write just one, not to read it). */
function fillGap(gap: number, count: number): boolean {
  if (gap < 0) return count === groupsPerAddress;
  const missing = groupsPerAddress - count;
  if (missing < 1) return false;
  for (let from = count - 1; from >= gap; from--)
    ipv6Groups[from + missing] = ipv6Groups[from] ?? 0;
  for (let to = gap; to < gap + missing; to++) ipv6Groups[to] = 0;
  return true;
}
