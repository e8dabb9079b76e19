// Which interface of the host a flow belongs to, and in which direction it goes there.
import { isIPv4 } from "node:net";
import { addressSizeBytes, bytesKey, copied, destinationAt, reversedTuple } from "./tuple.ts";
import { sourceAt, tupleSizeBytes } from "./tuple.ts";

/** The parts of `os.networkInterfaces()` that are used. */
export interface InterfaceAddress {
  address: string;
  cidr: string | null;
  mac: string;
  internal: boolean;
}

export type HostInterfaces = Readonly<Record<string, readonly InterfaceAddress[] | undefined>>;

/** A watched interface. */
export interface Link {
  readonly name: string;
  /** Twelve upper-case hexadecimal digits. */
  readonly macAddress: string;
}

/** Where a flow is logged: its addresses as they are on that link, in the direction it was opened. */
export interface Place {
  readonly link: Link;
  readonly isOutbound: boolean;
  readonly tuple: Uint8Array;
}

export interface HostView {
  /**
   * Null for what is not logged: between the host's own addresses, on an interface that is not watched,
   * forwarded without a rule for it. `reply` is the tuple of replies, which shows translated addresses.
   */
  place(original: Uint8Array, reply: Uint8Array): Place | null;
  /** The link of a denied packet, whose direction its rule says. */
  linkOf(tuple: Uint8Array, isOutbound: boolean): Link | null;
  readonly links: readonly Link[];
}

export interface WatchedNames {
  /** Empty: all. */
  interfaces: readonly string[];
  insideInterfaces: readonly string[];
}

interface InsideNetwork {
  link: Link;
  address: Uint8Array;
  prefixLength: number;
}

interface Known {
  links: Link[];
  /** Every address of the host; null where its interface is not watched. */
  local: Map<string, Link | null>;
  inside: InsideNetwork[];
}

export function createHostView(interfaces: HostInterfaces, watched: WatchedNames): HostView {
  const { links, local, inside } = know(interfaces, watched);
  const at = (tuple: Uint8Array, offset: number): Link | null | undefined =>
    local.get(bytesKey(tuple, offset, offset + addressSizeBytes));
  const insideLink = (tuple: Uint8Array, offset: number): Link | null =>
    inside.find((network) => contains(network, tuple, offset))?.link ?? null;

  function placeForwarded(tuple: Uint8Array): Place | null {
    if (inside.length === 0) return null;
    const outbound = insideLink(tuple, sourceAt);
    if (outbound) return { link: outbound, isOutbound: true, tuple };
    const inbound = insideLink(tuple, destinationAt);
    return inbound && { link: inbound, isOutbound: false, tuple };
  }

  function placeLocal(given: Uint8Array, isCopyNeeded: boolean): Place | null | undefined {
    const from = at(given, sourceAt);
    const to = at(given, destinationAt);
    if (from === undefined && to === undefined) return undefined;
    const link = from ?? to;
    if (!link || (from !== undefined && to !== undefined)) return null;
    const tuple = isCopyNeeded ? copied(given, tupleSizeBytes) : given;
    return { link, isOutbound: from !== undefined, tuple };
  }

  return {
    links,
    place(original, reply) {
      const place = placeLocal(original, true);
      if (place !== undefined) return place;
      // The host stands in for another: its own address is only in the replies (masquerade, port forwarding).
      if (at(reply, sourceAt) !== undefined || at(reply, destinationAt) !== undefined) {
        const forwarded = placeForwarded(copied(original, tupleSizeBytes));
        return forwarded ?? placeLocal(reversedTuple(reply), false) ?? null;
      }
      return placeForwarded(copied(original, tupleSizeBytes));
    },
    linkOf(tuple, isOutbound) {
      const offset = isOutbound ? sourceAt : destinationAt;
      const link = at(tuple, offset);
      return link === undefined ? insideLink(tuple, offset) : link;
    },
  };
}

function know(interfaces: HostInterfaces, { interfaces: names, insideInterfaces }: WatchedNames) {
  const known: Known = { links: [], local: new Map(), inside: [] };
  for (const [name, addresses = []] of Object.entries(interfaces)) {
    const [first] = addresses;
    if (!first) continue;
    const isWatched = !first.internal && (names.length === 0 || names.includes(name));
    const link = isWatched ? { name, macAddress: macText(first.mac) } : null;
    if (link) known.links.push(link);
    for (const { address, cidr } of addresses) {
      const bytes = addressBytes(address);
      known.local.set(bytesKey(bytes, 0, addressSizeBytes), link);
      if (!link || !insideInterfaces.includes(name)) continue;
      known.inside.push({ link, address: bytes, prefixLength: prefixLengthOf(address, cidr) });
    }
  }
  return known;
}

/** `02:00:0a:...` as flow logs write it. */
const macText = (mac: string): string => mac.replaceAll(":", "").toUpperCase();

/** Of the 16 bytes, whatever the family. */
function prefixLengthOf(address: string, cidr: string | null): number {
  const length = Number(cidr?.split("/")[1] ?? (isIPv4(address) ? 32 : 128));
  return isIPv4(address) ? 96 + length : length;
}

function contains(network: InsideNetwork, tuple: Uint8Array, offset: number): boolean {
  const { address, prefixLength } = network;
  const whole = prefixLength >> 3;
  for (let index = 0; index < whole; index++)
    if (address[index] !== tuple[offset + index]) return false;
  const rest = prefixLength & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return (((address[whole] ?? 0) ^ (tuple[offset + whole] ?? 0)) & mask) === 0;
}

/** An address as the system writes it, as 16 bytes; a zone (`%eth0`) is not part of it. */
export function addressBytes(text: string): Uint8Array {
  const [address = ""] = text.split("%");
  const bytes = new Uint8Array(addressSizeBytes);
  if (isIPv4(address)) {
    bytes.set([0xff, 0xff, ...address.split(".").map(Number)], 10);
    return bytes;
  }
  const [head = "", tail] = address.split("::");
  const groups = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => parseInt(group, 16));
  const put = (values: readonly number[], from: number): void =>
    values.forEach((value, index) => bytes.set([value >> 8, value & 0xff], (from + index) * 2));
  put(groups(head), 0);
  if (tail !== undefined) put(groups(tail), 8 - groups(tail).length);
  return bytes;
}
