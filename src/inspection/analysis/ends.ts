import { uint32 } from "../file/bytes.ts";
import type { Addresses } from "./addresses.ts";

/** IP versions of an end; `none` until an IP header was seen. */
export const addressKind = { none: 0, ipv4: 4, ipv6: 6 } as const;
export type AddressKind = (typeof addressKind)[keyof typeof addressKind];

/**
 * Where a packet comes from and goes to; one object serves all packets. Tables of flows are keyed by
 * `sourceKey` and `destinationKey`: the 32 bits of an IPv4 address, the number of an IPv6 one.
 */
export class Ends {
  readonly #addresses: Addresses;
  kind: AddressKind = addressKind.none;
  sourceKey = 0;
  destinationKey = 0;
  sourcePort = 0;
  destinationPort = 0;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  /** The source address's number, -1 when there is none; only numbered when somebody asks. */
  get source(): number {
    return this.#number(this.sourceKey);
  }

  get destination(): number {
    return this.#number(this.destinationKey);
  }

  clear(): void {
    this.kind = addressKind.none;
    this.sourcePort = 0;
    this.destinationPort = 0;
  }

  /** The addresses of an IPv4 header at `at`. */
  setIpv4(bytes: Uint8Array, at: number): void {
    this.kind = addressKind.ipv4;
    this.sourceKey = uint32(bytes, at + 12) | 0;
    this.destinationKey = uint32(bytes, at + 16) | 0;
  }

  /** The same of a header whose bytes are certain to be there. */
  setIpv4In(view: DataView, at: number): void {
    this.kind = addressKind.ipv4;
    this.sourceKey = view.getInt32(at + 12);
    this.destinationKey = view.getInt32(at + 16);
  }

  /** The addresses of an IPv6 header at `at`. */
  setIpv6(bytes: Uint8Array, at: number): void {
    this.kind = addressKind.ipv6;
    this.sourceKey = this.#addresses.ipv6(bytes, at + 8);
    this.destinationKey = this.#addresses.ipv6(bytes, at + 24);
  }

  /** Takes back addresses that were kept, as after a quoted packet. */
  restore(kind: AddressKind, sourceKey: number, destinationKey: number): void {
    this.kind = kind;
    this.sourceKey = sourceKey;
    this.destinationKey = destinationKey;
  }

  #number(key: number): number {
    if (this.kind === addressKind.ipv4) return this.#addresses.ipv4(key);
    return this.kind === addressKind.ipv6 ? key : -1;
  }
}
