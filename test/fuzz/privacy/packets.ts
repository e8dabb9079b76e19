// Packets of many kinds with addresses in every place that one may have, and a payload at the end.
import type { Random } from "../../../bench/inspection/random.ts";
import { ipv4Text, nibbleText, payloadByte, reverseText, type Secrets } from "./secrets.ts";

export const word = (value: number): Buffer => Buffer.of(value >> 8, value);
export const payload = (size: number): Buffer => Buffer.alloc(size, payloadByte);
const zeros = (size: number): Buffer => Buffer.alloc(size);

/** A hello of a client, with nothing in it (RFC 8446, 4.1.2). */
const hello = Buffer.concat([Buffer.of(22, 3, 1, 0, 44, 1, 0, 0, 40, 3, 3), zeros(38)]);
/** A packet that a datagram of QUIC begins with; what stands behind it is another (RFC 9000, 12.2). */
const initial = Buffer.concat([Buffer.of(0xc0, 0, 0, 0, 1, 1, 7, 0, 0, 20), zeros(20)]);

/** Something that IP carries: its protocol number and its bytes. */
interface Carried {
  protocol: number;
  bytes: Buffer;
}

/** Makes packets around one set of secrets. */
export class PacketMaker {
  readonly #random: Random;
  readonly #secrets: Secrets;

  constructor(random: Random, secrets: Secrets) {
    this.#random = random;
    this.#secrets = secrets;
  }

  get ipv4(): Buffer {
    return this.#pick(this.#secrets.ipv4);
  }

  get ipv6(): Buffer {
    return this.#pick(this.#secrets.ipv6);
  }

  get mac(): Buffer {
    return this.#pick(this.#secrets.mac);
  }

  /** An EtherType and what stands behind it. */
  frame(depth = 0): { type: number; bytes: Buffer } {
    switch (this.#random.below(depth > 3 ? 2 : 7)) {
      case 0:
        return { type: 0x86dd, bytes: this.packet6(depth) };
      case 1:
        return { type: 0x0806, bytes: this.#arp() };
      case 2:
        return this.#tagged(0x8100, Buffer.of(0, 7), depth);
      case 3: {
        const label = Buffer.of(0, 1, 1, 0x3f);
        return { type: 0x8847, bytes: Buffer.concat([label, this.packet4(depth + 1)]) };
      }
      default:
        return { type: 0x0800, bytes: this.packet4(depth) };
    }
  }

  ethernet(depth = 0): Buffer {
    const { type, bytes } = this.frame(depth);
    return Buffer.concat([this.mac, this.mac, word(type), bytes]);
  }

  packet4(depth = 0): Buffer {
    const { protocol, bytes } = this.#carried4(depth);
    const options = this.#random.below(4) === 0 ? this.#options4() : Buffer.alloc(0);
    const size = 20 + options.length;
    const head = Buffer.of(0x40 + size / 4, 0, (size + bytes.length) >> 8, size + bytes.length);
    const rest = Buffer.of(0, 1, 0, 0, 0x3f, protocol, 0, 0);
    return Buffer.concat([head, rest, this.ipv4, this.ipv4, options, bytes]);
  }

  packet6(depth = 0): Buffer {
    const carried = this.#extended(this.#carried6(depth));
    const head = Buffer.concat([Buffer.of(0x60, 0, 0, 0), word(carried.bytes.length)]);
    const rest = Buffer.of(carried.protocol, 0x3f);
    return Buffer.concat([head, rest, this.ipv6, this.ipv6, carried.bytes]);
  }

  #tagged(type: number, tag: Buffer, depth: number): { type: number; bytes: Buffer } {
    const inner = this.frame(depth + 1);
    return { type, bytes: Buffer.concat([tag, word(inner.type), inner.bytes]) };
  }

  #arp(): Buffer {
    const head = Buffer.of(0, 1, 8, 0, 6, 4, 0, 1 + this.#random.below(2));
    // What fills the frame up is not ARP's.
    return Buffer.concat([head, this.mac, this.ipv4, this.mac, this.ipv4, payload(18), this.ipv4]);
  }

  /** A record of a route (RFC 791, 3.1). */
  #options4(): Buffer {
    return Buffer.concat([Buffer.of(7, 11, 12), this.ipv4, this.ipv4, Buffer.of(0)]);
  }

  #carried4(depth: number): Carried {
    switch (this.#random.below(depth > 3 ? 3 : 9)) {
      case 0:
        return { protocol: 6, bytes: this.#tcp() };
      case 1:
        return { protocol: 1, bytes: this.#icmp4(depth) };
      case 2:
        return { protocol: 132, bytes: Buffer.concat([zeros(12), payload(20)]) };
      case 3:
        return { protocol: 4, bytes: this.packet4(depth + 1) };
      case 4:
        return { protocol: 41, bytes: this.packet6(depth + 1) };
      case 5: {
        const gre = Buffer.of(0, 0, 0x65, 0x58);
        return { protocol: 47, bytes: Buffer.concat([gre, this.ethernet(depth + 1)]) };
      }
      default:
        return { protocol: 17, bytes: this.#udp(depth) };
    }
  }

  #carried6(depth: number): Carried {
    switch (this.#random.below(4)) {
      case 0:
        return { protocol: 6, bytes: this.#tcp() };
      case 1:
        return { protocol: 58, bytes: this.#icmp6(depth) };
      default:
        return { protocol: 17, bytes: this.#udp(depth) };
    }
  }

  /** At times behind a home address (RFC 6275, 6.3) and a route (RFC 8754, 2). */
  #extended(carried: Carried): Carried {
    if (this.#random.below(4) > 0) return carried;
    const home = Buffer.concat([Buffer.of(43, 2, 1, 2, 0, 0, 0xc9, 16), this.ipv6]);
    const route = Buffer.concat([Buffer.of(carried.protocol, 2, 4, 0, 0, 0, 0, 0), this.ipv6]);
    return { protocol: 60, bytes: Buffer.concat([home, route, carried.bytes]) };
  }

  #tcp(): Buffer {
    const port = this.#pick([53, 80, 443, 25]);
    const options = this.#random.below(2) === 0 ? this.#tcpOptions() : Buffer.alloc(0);
    const offset = ((20 + options.length) / 4) << 4;
    const ports = Buffer.concat([word(0x2222), word(port)]);
    const head = Buffer.concat([ports, zeros(8), Buffer.of(offset, 0x18, 0x20, 0), zeros(4)]);
    return Buffer.concat([head, options, this.#said(port)]);
  }

  /** What is added for another address of a connection (RFC 8684, 3.4.1), and what load balancers add. */
  #tcpOptions(): Buffer {
    const added = Buffer.concat([Buffer.of(30, 8, 0x34, 1), this.ipv4]);
    return Buffer.concat([added, Buffer.of(28, 8, 0, 80), this.ipv4]);
  }

  #said(port: number): Buffer {
    if (port === 53) {
      const message = this.#dns();
      return Buffer.concat([word(message.length), message, payload(9)]);
    }
    if (port === 443) return Buffer.concat([hello, payload(this.#random.below(200))]);
    if (port !== 80) return payload(this.#random.below(200));
    const [one, other] = [ipv4Text(this.ipv4), ipv4Text(this.ipv4)];
    const line = `GET http://${one}/${other}?${"~".repeat(8)} HTTP/1.1\r\n`;
    return Buffer.concat([Buffer.from(`${line}Host: ${one}\r\n\r\n`), payload(40)]);
  }

  #udp(depth: number): Buffer {
    const port = this.#pick([53, 67, 547, 4789, 443, 9]);
    const bytes = this.#datagram(port, depth);
    const size = word(8 + bytes.length);
    return Buffer.concat([word(0x2222), word(port), size, zeros(2), bytes]);
  }

  #datagram(port: number, depth: number): Buffer {
    if (port === 53) return Buffer.concat([this.#dns(), payload(5)]);
    if (port === 443) return Buffer.concat([initial, payload(20)]);
    if (port === 67) return this.#dhcp();
    if (port === 547) return Buffer.concat([Buffer.of(7, 0, 0, 1, 0, 23, 0, 16), this.ipv6]);
    if (port === 4789 && depth < 4)
      return Buffer.concat([Buffer.of(8, 0, 0, 0, 0, 0, 7, 0), this.ethernet(depth + 1)]);
    return payload(this.#random.below(200));
  }

  /** An offer, with addresses of four kinds and a router's among its options (RFC 2131, 2). */
  #dhcp(): Buffer {
    const addresses = Buffer.concat([this.ipv4, this.ipv4, this.ipv4, this.ipv4]);
    const head = Buffer.concat([Buffer.of(2, 1, 6, 0), zeros(8), addresses, this.mac, zeros(202)]);
    const options = Buffer.concat([Buffer.of(0x63, 0x82, 0x53, 0x63, 3, 4), this.ipv4]);
    return Buffer.concat([head, options, Buffer.of(0xff)]);
  }

  /** An answer with every record that may tell an address, and a client's network (RFC 7871). */
  #dns(): Buffer {
    const name = Buffer.from("\u0003www\u0007example\0");
    const text = ipv4Text(this.ipv4);
    const reverse = this.#nameOf(`${reverseText(this.ipv4)}.in-addr.arpa`);
    const reverse6 = this.#nameOf(`${nibbleText(this.ipv6)}.ip6.arpa`);
    const records = [
      this.#record(name, 1, this.ipv4),
      this.#record(name, 28, this.ipv6),
      this.#record(name, 16, Buffer.from(String.fromCharCode(text.length) + text)),
      this.#record(reverse, 12, name),
      this.#record(reverse6, 12, name),
      this.#record(name, 65, Buffer.concat([Buffer.of(0, 1, 0, 0, 4, 0, 4), this.ipv4])),
    ].filter(() => this.#random.below(2) === 0);
    const subnet = Buffer.concat([Buffer.of(0, 8, 0, 8, 0, 1, 32, 0), this.ipv4]);
    const options = this.#record(Buffer.of(0), 41, subnet);
    const counts = [1, records.length, 0, 1].map(word);
    const question = Buffer.concat([this.#pick([name, reverse, reverse6]), Buffer.of(0, 1, 0, 1)]);
    const head = Buffer.concat([Buffer.of(0, 1, 0x21, 0), ...counts]);
    return Buffer.concat([head, question, ...records, options]);
  }

  #nameOf(text: string): Buffer {
    const labels = text.split(".").map((label) => String.fromCharCode(label.length) + label);
    return Buffer.from(`${labels.join("")}\0`, "latin1");
  }

  #record(name: Buffer, type: number, data: Buffer): Buffer {
    return Buffer.concat([name, word(type), word(1), zeros(4), word(data.length), data]);
  }

  #icmp4(depth: number): Buffer {
    const quoted = Buffer.concat([this.packet4(depth + 1), this.ipv4]);
    switch (this.#random.below(3)) {
      case 0:
        return Buffer.concat([Buffer.of(5, 1, 0, 0), this.ipv4, quoted]);
      case 1:
        return Buffer.concat([Buffer.of(3, 3), zeros(6), quoted]);
      default:
        return Buffer.concat([Buffer.of(8, 0), zeros(6), payload(48)]);
    }
  }

  #icmp6(depth: number): Buffer {
    const source = Buffer.concat([Buffer.of(1 + this.#random.below(2), 1), this.mac]);
    const [prefix, server] = [this.ipv6.subarray(0, 8), this.ipv6];
    switch (this.#random.below(4)) {
      case 0:
        return Buffer.concat([Buffer.of(135), zeros(7), this.ipv6, source]);
      case 1: {
        const of = Buffer.concat([Buffer.of(3, 4, 64, 0), zeros(12), prefix, zeros(8)]);
        const servers = Buffer.concat([Buffer.of(25, 3), zeros(6), server]);
        return Buffer.concat([Buffer.of(134), zeros(15), source, of, servers]);
      }
      case 2: {
        const header = Buffer.concat([Buffer.of(4, 8), zeros(6), this.packet6(4).subarray(0, 56)]);
        return Buffer.concat([Buffer.of(137), zeros(7), this.ipv6, this.ipv6, source, header]);
      }
      default:
        return Buffer.concat([Buffer.of(1), zeros(7), this.packet6(depth + 1)]);
    }
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)] as Item;
  }
}
