import { NightcapError } from "../common/errors.ts";
import { formatAddress } from "../flowlog/address-text.ts";
import { type Network, parseNetwork } from "../inspection/findings/network.ts";

export const blockDirections = ["in", "out", "both"] as const;
export const blockProtocols = ["tcp", "udp", "icmp"] as const;

export type BlockDirection = (typeof blockDirections)[number];
export type BlockProtocol = (typeof blockProtocols)[number];

/** Traffic that is to stop, seen from the host. */
export interface Block {
  readonly direction: BlockDirection;
  /** The other side. */
  readonly network: Network;
  /** Null: any. */
  readonly protocol: BlockProtocol | null;
  /** Of the service: the other side's for `out`, the host's own for `in`. Null: any. */
  readonly ports: { readonly first: number; readonly last: number } | null;
}

const portMax = 65_535;
const textLengthMax = 80;

/**
 * Reads a block from what people write: `203.0.113.7`, `2001:db8::/48`; `443/tcp`, `8000-8100/udp`,
 * `udp`, `icmp`. Nothing but digits and colons gets through: nft would look names up.
 */
export function readBlock(text: {
  address: string;
  port: string | null;
  direction: BlockDirection;
}): Block {
  return { direction: text.direction, network: readNetwork(text.address), ...readPort(text.port) };
}

/** All of the block in one word, the same for the same block: `out_203.0.113.7_32_tcp_443`. */
export function blockIdOf({ direction, network, protocol, ports }: Block): string {
  const words = [
    direction,
    networkAddress(network),
    network.prefixLength,
    protocol ?? "any",
    ports === null ? "any" : portText(ports),
  ];
  return words.join("_");
}

/** The block of an id; null when it is none that `blockIdOf` could have made. */
export function blockOfId(id: string): Block | null {
  const [direction, address = "", length = "", protocol = "", ports = ""] = id.split("_");
  const known = blockDirections.find((each) => each === direction);
  if (known === undefined) return null;
  try {
    const words = [ports, protocol].filter((word) => word !== "any").join("/");
    const port = words === "" ? null : words;
    const block = readBlock({ address: `${address}/${length}`, port, direction: known });
    return blockIdOf(block) === id ? block : null;
  } catch {
    return null;
  }
}

/** `203.0.113.0/24`, or the address alone when it is one. */
export function networkText(network: Network): string {
  const address = networkAddress(network);
  return network.prefixLength === widthOf(network) ? address : `${address}/${network.prefixLength}`;
}

/** What people read: `out 203.0.113.7 443/tcp`. */
export function describeBlock(block: Block): string {
  const { direction, network, protocol, ports } = block;
  const port = ports === null ? (protocol ?? "") : `${portText(ports)}/${protocol}`;
  return [direction, networkText(network), port].filter((word) => word !== "").join(" ");
}

export const widthOf = ({ version }: Network): number => (version === 4 ? 32 : 128);

/** The network's first address. */
export const networkAddress = ({ version, bits }: Network): string => addressText(version, bits);

/** An address as text; IPv6 as RFC 5952 wants it. */
export function addressText(version: 4 | 6, bits: bigint): string {
  if (version === 4) return formatAddress(Uint32Array.of(0, 0, 0xffff, Number(bits)), 0);
  const words = [96n, 64n, 32n, 0n].map((shift) => Number((bits >> shift) & 0xffff_ffffn));
  return formatAddress(Uint32Array.from(words), 0);
}

export const portText = ({ first, last }: { first: number; last: number }): string =>
  first === last ? String(first) : `${first}-${last}`;

function readNetwork(text: string): Network {
  const network = parseNetwork(text);
  if (!network) throw invalid(`"${shown(text)}" is no address and no network`);
  // ::ffff:0:0/96 is never on the wire (RFC 4291, 2.5.5.2): such a block would stop nothing.
  if (network.version === 6 && network.bits >> 32n === 0xffffn)
    throw invalid(`"${shown(text)}" is an IPv4 address in IPv6: write the IPv4 address`);
  const shift = BigInt(widthOf(network) - network.prefixLength);
  const bits = (network.bits >> shift) << shift;
  if (bits === network.bits) return network;
  const meant = networkText({ ...network, bits });
  throw invalid(`"${shown(text)}" has bits behind its length: ${meant} may be meant`);
}

function readPort(text: string | null): Pick<Block, "protocol" | "ports"> {
  if (text === null) return { protocol: null, ports: null };
  const alone = blockProtocols.find((each) => each === text);
  if (alone !== undefined) return { protocol: alone, ports: null };
  const found = /^(\d{1,5})(?:-(\d{1,5}))?\/(tcp|udp)$/.exec(text);
  const first = Number(found?.[1] ?? -1);
  const last = Number(found?.[2] ?? first);
  if (!found || first > last || last > portMax)
    throw invalid(`"${shown(text)}" is no port: 443/tcp, 8000-8100/udp, tcp, udp or icmp expected`);
  return { protocol: found[3] === "udp" ? "udp" : "tcp", ports: { first, last } };
}

const shown = (text: string): string => text.slice(0, textLengthMax);
const invalid = (message: string): NightcapError => new NightcapError("InvalidParameter", message);
