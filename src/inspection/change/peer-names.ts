import { ipv4Text, ipv6Text } from "../analysis/addresses.ts";
import type { MessagePlace } from "../analysis/packet-watcher.ts";
import { uint16, uint32 } from "../file/bytes.ts";

/** Addresses whose names are kept, and answers of one message that are read. */
const addressCountMax = 20_000;
const recordCountMax = 32;
const labelCountMax = 128;
const headerSizeBytes = 12;
const typeA = 1;
const typeAaaa = 28;
const nameLengthMax = 255;

/** A name that a client used says more than one that resolves to the address. */
const rank = { dns: 0, asked: 1 } as const;

/** What addresses are called in this capture: by clients (SNI, HTTP's Host), else by the answers of DNS. */
export class PeerNames {
  readonly #names = new Map<string, { name: string; rank: number }>();

  /** The best name of an address; null when the capture has none. */
  nameOf(address: string): string | null {
    return this.#names.get(address)?.name ?? null;
  }

  addAsked(address: string, name: string): void {
    this.#add(address, withoutPort(name), rank.asked);
  }

  /** Keeps the addresses that a response gives for the question's name, its aliases included. */
  addAnswers(question: string, { bytes, start, end }: MessagePlace): void {
    if (question === "" || start + headerSizeBytes > end) return;
    let at = start + headerSizeBytes;
    for (let count = uint16(bytes, start + 4); count > 0; count--) {
      const nameEnd = skipName(bytes, at, end);
      if (nameEnd < 0 || nameEnd + 4 > end) return;
      at = nameEnd + 4;
    }
    const records = Math.min(uint16(bytes, start + 6), recordCountMax);
    for (let count = 0; count < records; count++) {
      const fixed = skipName(bytes, at, end);
      if (fixed < 0 || fixed + 10 > end) return;
      const size = uint16(bytes, fixed + 8);
      const data = fixed + 10;
      if (data + size > end) return;
      this.#addRecord(question, uint16(bytes, fixed), bytes.subarray(data, data + size));
      at = data + size;
    }
  }

  #addRecord(name: string, type: number, data: Uint8Array): void {
    if (type === typeA && data.length === 4) this.#add(ipv4Text(uint32(data, 0)), name, rank.dns);
    if (type === typeAaaa && data.length === 16) this.#add(ipv6Text(data), name, rank.dns);
  }

  #add(address: string, name: string, better: number): void {
    if (name === "" || name === address) return;
    const known = this.#names.get(address);
    if (known ? known.rank >= better : this.#names.size >= addressCountMax) return;
    this.#names.set(address, { name: name.slice(0, nameLengthMax), rank: better });
  }
}

/** HTTP's Host may have a port (RFC 9110, 7.2). */
const withoutPort = (host: string): string =>
  host.startsWith("[") ? host.replace(/^\[(.*)\](?::\d+)?$/, "$1") : host.replace(/:\d{1,5}$/, "");

/** Where the name at `start` ends, -1 when it does not. */
function skipName(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let count = 0; count < labelCountMax && at < end; count++) {
    const length = bytes[at] ?? 0;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
  return -1;
}
