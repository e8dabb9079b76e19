import type { AddressMapper } from "./address-mapper.ts";
import type { HelloTable } from "./tls-hello.ts";

/** Trims the header at `at`, and what it carries up to `end`; gives where what may stay ends. */
export type Trim = (state: TrimState, at: number, end: number) => number;

/** What tunnels and errors carry; given here because these carry each other. */
export interface InnerTrims {
  ethernet: Trim;
  etherType: (state: TrimState, at: number, end: number, type: number) => number;
  ipv4: Trim;
  ipv6: Trim;
  mpls: Trim;
}

/** What the parts of one packet's trimming share. Its bytes are a copy, which they change in place. */
export interface TrimState {
  bytes: Uint8Array;
  /** DNS messages and hellos stay. */
  readonly keepsNames: boolean;
  /** First lines of HTTP requests stay. */
  readonly keepsRequestLines: boolean;
  /** Null: addresses stay as they are. */
  readonly mapper: AddressMapper | null;
  readonly hellos: HelloTable;
  readonly inner: InnerTrims;
  /** Headers within headers, so far. */
  depth: number;
  /** Inside the packet that an ICMP error quotes, of which only headers are looked at. */
  isQuoted: boolean;
  /** Where the addresses of the innermost IP header lie, and the sums of them, as they were and as they are. */
  addressesAt: number;
  addressesSize: number;
  addressesBefore: number;
  addressesAfter: number;
}

/** Headers of tunnels within one packet; what is deeper is cut. */
export const tunnelDepthMax = 8;
