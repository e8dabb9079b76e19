import { addressKind } from "../analysis/ends.ts";
import type { Flow, FlowReader } from "../analysis/flow-reader.ts";
import { parseAddress, type Network } from "../findings/network.ts";

/** Keys of IPv6 addresses, as `FlowReader` gives them, begin here. */
const ipv6Base = 0x1_0000_0000;
/** Addresses that may be the host's: those seen first; the host's own are in every flow. */
const candidateCountMax = 50_000;
/** More than half of the packets of one version: a capture between many has no such address. */
const hostShareMin = 0.5;

/** Tells the recording host's addresses from those of others. */
export interface LocalEnds {
  isLocal(key: number): boolean;
  /** Those known, as text; empty when no host stands out. */
  addresses: readonly string[];
}

/** The addresses that were told; read once, so that a look-up compares numbers. */
export function knownEnds(addresses: readonly string[], reader: FlowReader): LocalEnds {
  const parsed = addresses.map(parseAddress).filter((address) => address !== null);
  const ipv4 = new Set(parsed.filter(isVersion(4)).map(({ bits }) => Number(bits)));
  const ipv6 = new Set(parsed.filter(isVersion(6)).map(({ bits }) => bits));
  const looked = new Map<number, boolean>();
  const isLocal6 = (key: number): boolean => {
    const known = looked.get(key);
    if (known !== undefined) return known;
    const bits = parseAddress(reader.text(key))?.bits;
    const isLocal = bits !== undefined && ipv6.has(bits);
    if (looked.size < candidateCountMax) looked.set(key, isLocal);
    return isLocal;
  };
  return {
    isLocal: (key) => (key < ipv6Base ? ipv4.has(key) : ipv6.size > 0 && isLocal6(key)),
    addresses,
  };
}

const isVersion =
  (version: 4 | 6) =>
  (address: Pick<Network, "version">): boolean =>
    address.version === version;

/** Finds them in the packets: of each IP version the address in most of them, the capture's home first. */
export function foundEnds(reader: FlowReader, home: string | null): LocalEnds {
  const votes = new Map<number, number>();
  const packets = { ipv4: 0, ipv6: 0 };
  for (const flow of reader.flows()) {
    const count = flow.framesAToB + flow.framesBToA;
    if (flow.a < ipv6Base) packets.ipv4 += count;
    else packets.ipv6 += count;
    vote(votes, flow, count);
  }
  const found = [
    winner(votes, { reader, home, version: addressKind.ipv4, packets: packets.ipv4 }),
    winner(votes, { reader, home, version: addressKind.ipv6, packets: packets.ipv6 }),
  ].filter((key) => key !== null);
  const keys = new Set(found);
  return { isLocal: (key) => keys.has(key), addresses: found.map((key) => reader.text(key)) };
}

function vote(votes: Map<number, number>, { a, b }: Flow, count: number): void {
  for (const key of a === b ? [a] : [a, b]) {
    const votesSoFar = votes.get(key);
    if (votesSoFar !== undefined) votes.set(key, votesSoFar + count);
    else if (votes.size < candidateCountMax) votes.set(key, count);
  }
}

interface Election {
  reader: FlowReader;
  home: string | null;
  version: 4 | 6;
  packets: number;
}

function winner(
  votes: ReadonlyMap<number, number>,
  { reader, home, version, packets }: Election,
): number | null {
  let best: { key: number; count: number } | null = null;
  for (const [key, count] of votes) {
    if (key < ipv6Base !== (version === 4) || count <= hostShareMin * packets) continue;
    const isBetter =
      !best || count > best.count || (count === best.count && reader.text(key) === home);
    if (isBetter) best = { key, count };
  }
  return best && best.key;
}
