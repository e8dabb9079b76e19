import { ascii, hexDigit } from "./ascii.ts";

const groupsPerAddress = 8;
const octetsPerIpv4 = 4;
const ipv6LengthMax = 45;

/** The words of the address of the last successful `readIpv6`. */
export const ipv6Words = new Uint32Array(4);
const groups = new Uint16Array(groupsPerAddress);

/**
 * Reads the IPv6 address (RFC 4291, 2.2) between `at` and `end` into `ipv6Words`, all three forms of text;
 * false when it is none. An IPv4 address alone is not read here.
 */
export function readIpv6(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < 2 || end - at > ipv6LengthMax) return false;
  const reader = new GroupReader(bytes, at, end);
  if (!reader.read()) return false;
  for (let word = 0; word < 4; word++)
    ipv6Words[word] = ((groups[word * 2] ?? 0) << 16) | (groups[word * 2 + 1] ?? 0);
  return true;
}

class GroupReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #count = 0;
  /** Where the zeros of "::" are put in; -1 when there are none. */
  #gap = -1;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  read(): boolean {
    if (this.#isPair()) this.#openGap();
    while (this.#at < this.#end) {
      if (this.#count === groupsPerAddress || !this.#group()) return false;
      if (this.#at === this.#end) break;
      if (this.#byte() !== ascii.colon) return false;
      if (this.#isPair()) {
        if (this.#gap >= 0) return false;
        this.#openGap();
      } else if (++this.#at === this.#end) return false;
    }
    return this.#fillGap();
  }

  #byte(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  #isPair(): boolean {
    const isFirst = this.#at < this.#end && this.#byte() === ascii.colon;
    return isFirst && this.#at + 1 < this.#end && this.#bytes[this.#at + 1] === ascii.colon;
  }

  #openGap(): void {
    this.#gap = this.#count;
    this.#at += 2;
  }

  #group(): boolean {
    const start = this.#at;
    let value = 0;
    for (; this.#at < this.#end && this.#at - start < 4; this.#at++) {
      const digit = hexDigit(this.#byte());
      if (digit < 0) break;
      value = value * 16 + digit;
    }
    if (this.#at === start) return false;
    if (this.#at < this.#end && this.#byte() === ascii.dot) return this.#ipv4(start);
    groups[this.#count++] = value;
    return true;
  }

  /** The last 32 bits in decimal, as in ::ffff:10.0.0.4. */
  #ipv4(start: number): boolean {
    if (this.#count > groupsPerAddress - 2) return false;
    const text = String.fromCharCode(...this.#bytes.subarray(start, this.#end));
    const octets = text
      .split(".")
      .map((octet) => (/^(0|[1-9]\d{0,2})$/.test(octet) ? +octet : 256));
    if (octets.length !== octetsPerIpv4 || octets.some((octet) => octet > 255)) return false;
    const [a = 0, b = 0, c = 0, d = 0] = octets;
    groups[this.#count++] = a * 256 + b;
    groups[this.#count++] = c * 256 + d;
    this.#at = this.#end;
    return true;
  }

  /** "::" stands for at least one group of zeros (RFC 5952, 4.2.2 forbids to write just one, not to read it). */
  #fillGap(): boolean {
    if (this.#gap < 0) return this.#count === groupsPerAddress;
    const missing = groupsPerAddress - this.#count;
    if (missing < 1) return false;
    groups.copyWithin(this.#gap + missing, this.#gap, this.#count);
    groups.fill(0, this.#gap, this.#gap + missing);
    return true;
  }
}
