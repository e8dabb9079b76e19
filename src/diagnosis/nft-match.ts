import { BlockList, isIP } from "node:net";

/** The packet that is judged: the first of a new connection. */
export interface NftPacket {
  protocol: "tcp" | "udp";
  sourceAddress: string;
  destinationAddress: string;
  /** Null: any. */
  sourcePort: number | null;
  destinationPort: number | null;
  /** Null: not known. */
  inputInterface: string | null;
  outputInterface: string | null;
}

/** Null: it cannot be judged from outside. */
export type Judgement = boolean | null;

/** What an expression says of the packet: a value; `absent` when it has no such field; null: not known. */
export type Field = string | number | null | typeof absent;
export const absent = Symbol("absent");

/** How nft writes these protocols and families as numbers. */
const protocolNumbers: Readonly<Record<string, number>> = {
  tcp: 6,
  udp: 17,
  icmp: 1,
  "ipv6-icmp": 58,
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The packet's value of the left side of a match. */
export function readField(left: unknown, packet: NftPacket): Field {
  if (!isRecord(left)) return null;
  const { payload, meta, ct } = left;
  if (isRecord(payload))
    return readPayload(String(payload["protocol"]), String(payload["field"]), packet);
  if (isRecord(meta)) return readMeta(String(meta["key"]), packet);
  if (isRecord(ct))
    return ct["key"] === "state" ? "new" : ct["key"] === "direction" ? "original" : null;
  return null;
}

const isIpv4 = ({ sourceAddress }: NftPacket): boolean => isIP(sourceAddress) === 4;

function readPayload(protocol: string, field: string, packet: NftPacket): Field {
  if (protocol === "ip" || protocol === "ip6") {
    if ((protocol === "ip") !== isIpv4(packet)) return absent;
    if (field === "saddr") return packet.sourceAddress;
    if (field === "daddr") return packet.destinationAddress;
    return field === "protocol" || field === "nexthdr" ? packet.protocol : null;
  }
  if (protocol !== "th" && protocol !== packet.protocol) {
    return ["tcp", "udp", "icmp", "icmpv6", "sctp", "dccp", "udplite", "arp"].includes(protocol)
      ? absent
      : null;
  }
  if (field === "sport") return packet.sourcePort;
  return field === "dport" ? packet.destinationPort : null;
}

function readMeta(key: string, packet: NftPacket): Field {
  switch (key) {
    case "l4proto":
      return packet.protocol;
    case "nfproto":
      return isIpv4(packet) ? "ipv4" : "ipv6";
    case "protocol":
      return isIpv4(packet) ? "ip" : "ip6";
    case "iifname":
    case "iif":
      return packet.inputInterface;
    case "oifname":
    case "oif":
      return packet.outputInterface;
    default:
      return null;
  }
}

/** Whether `field` is what the right side of a match says; `find` gives the elements of a named set. */
export function fieldIs(
  field: string | number,
  right: unknown,
  find: (name: string) => readonly unknown[] | undefined,
): Judgement {
  if (Array.isArray(right)) return anyOf(right.map((each) => fieldIs(field, each, find)));
  if (isRecord(right)) return fieldIsIn(field, right, find);
  if (typeof right !== "string" && typeof right !== "number") return null;
  if (typeof right === "string" && right.startsWith("@")) {
    const elements = find(right.slice(1));
    return elements === undefined ? null : fieldIs(field, [...elements], find);
  }
  return equals(field, right);
}

function fieldIsIn(
  field: string | number,
  right: Record<string, unknown>,
  find: (name: string) => readonly unknown[] | undefined,
): Judgement {
  const { set, prefix, range, elem } = right;
  if (Array.isArray(set)) return fieldIs(field, set, find);
  if (isRecord(elem)) return fieldIs(field, elem["val"], find);
  if (isRecord(prefix)) return inPrefix(field, prefix);
  if (Array.isArray(range)) return inRange(field, range);
  return null;
}

function inPrefix(field: string | number, prefix: Record<string, unknown>): Judgement {
  const { addr, len } = prefix;
  if (typeof addr !== "string" || typeof len !== "number" || typeof field !== "string") return null;
  const version = isIP(addr);
  if (version === 0 || isIP(field) === 0) return null;
  if (isIP(field) !== version) return false;
  return isListed(field, (list, family) => list.addSubnet(addr, len, family));
}

function inRange(field: string | number, [from, to]: readonly unknown[]): Judgement {
  if (typeof field === "number" && typeof from === "number" && typeof to === "number") {
    return field >= from && field <= to;
  }
  if (typeof field !== "string" || typeof from !== "string" || typeof to !== "string") return null;
  const version = isIP(field);
  if (version === 0 || isIP(from) !== version || isIP(to) !== version) return null;
  return isListed(field, (list, family) => list.addRange(from, to, family));
}

/** Unknown for a network or a range that is none: a length out of bounds, an end before its begin. */
function isListed(
  address: string,
  add: (list: BlockList, family: "ipv4" | "ipv6") => void,
): Judgement {
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  try {
    add(list, family);
  } catch {
    return null;
  }
  return list.check(address, family);
}

function equals(field: string | number, right: string | number): Judgement {
  if (field === right) return true;
  if (typeof field === typeof right) {
    if (typeof field !== "string" || typeof right !== "string") return false;
    const version = isIP(field);
    if (version !== 0 && version === isIP(right)) return inRange(field, [right, right]);
    // nft writes a wildcard of an interface's name as a star at its end.
    if (right.endsWith("*")) return field.startsWith(right.slice(0, -1));
    return false;
  }
  const number = typeof field === "string" ? protocolNumbers[field] : field;
  return number === undefined ? null : number === right;
}

/** True when one is; unknown when none is, and one is unknown. */
export function anyOf(all: readonly Judgement[]): Judgement {
  if (all.includes(true)) return true;
  return all.includes(null) ? null : false;
}
