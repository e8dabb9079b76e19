import { Siblings } from "./siblings.ts";
import { ownerCountMax, type OwnersFile, type SocketOwner } from "./socket-owner.ts";

/** A flow whose process is asked for; times are milliseconds since the epoch. */
export interface OwnedFlow {
  protocol: "tcp" | "udp";
  a: FlowEnd;
  b: FlowEnd;
  firstTime: number;
  lastTime: number;
}

export interface FlowEnd {
  address: string;
  port: number;
}

/**
 * How an owner was found. `socket`: that very connection was seen. `listener`: only the socket was seen that takes
 * what comes to this address and port (of UDP the usual case). `port`: every connection seen at this address and
 * port belonged to this process, but not this one. `sibling`: every connection seen about then to the same remote
 * address and port was this program's; where it was several processes, `pid` is null.
 */
export type OwnerMatchKind = "socket" | "listener" | "port" | "sibling";

export interface OwnerMatch {
  owner: SocketOwner;
  by: OwnerMatchKind;
  /** Which end of the flow the process held. */
  end: "a" | "b";
}

/** Owners by address, port and time. */
export interface OwnerIndex {
  /** Of each end its own; both where a host talks to itself. */
  ends(flow: OwnedFlow): { a: OwnerMatch | null; b: OwnerMatch | null };
  /** The surest of both; of equals the one that began. */
  find(flow: OwnedFlow): OwnerMatch | null;
  readonly size: number;
  /** Owners left out because a bound was reached. */
  readonly overflow: number;
}

/**
 * A socket is seen a look after it began and not at its end; ports are used again a minute later at the earliest
 * for the same pair (RFC 9293, 3.6.1), so this much is allowed between a flow and a look at its socket.
 */
const toleranceMilliseconds = 10_000;
/** Observations kept of one pair of addresses and ports, or at one local port. */
const observationsPerKeyMax = 256;
const anyAddresses: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

export function createOwnerIndex({
  owners,
  summary,
}: Pick<OwnersFile, "owners" | "summary">): OwnerIndex {
  return new Index(owners, summary?.localAddresses ?? []);
}

class Index implements OwnerIndex {
  readonly #connections = new Map<string, SocketOwner[]>();
  readonly #listeners = new Map<string, SocketOwner[]>();
  readonly #ports = new Map<string, SocketOwner[]>();
  readonly #siblings = new Siblings(toleranceMilliseconds);
  readonly #localAddresses: Set<string>;
  size = 0;
  #overflow = 0;

  constructor(owners: readonly SocketOwner[], localAddresses: readonly string[]) {
    this.#localAddresses = new Set(localAddresses.map(plain));
    for (const owner of owners) {
      if (this.size >= ownerCountMax) this.#overflow++;
      else this.#add(owner);
    }
  }

  #add(owner: SocketOwner): void {
    const local = plain(owner.localAddress);
    const { protocol, localPort, remoteAddress, remotePort } = owner;
    if (!anyAddresses.has(local)) this.#localAddresses.add(local);
    const place = `${protocol} ${anyAddresses.has(local) ? "*" : local} ${localPort}`;
    this.size++;
    if (remoteAddress === null) return this.#put(this.#listeners, place, owner);
    this.#put(this.#ports, place, owner);
    const remote = `${plain(remoteAddress)} ${remotePort}`;
    this.#put(this.#connections, `${place} ${remote}`, owner);
    this.#siblings.add(`${protocol} ${local} ${remote}`, owner);
  }

  #put(map: Map<string, SocketOwner[]>, key: string, owner: SocketOwner): void {
    const known = map.get(key);
    if (!known) map.set(key, [owner]);
    else if (known.length < observationsPerKeyMax) known.push(owner);
    else this.#overflow++;
  }

  get overflow(): number {
    return this.#overflow + this.#siblings.overflow;
  }

  ends(flow: OwnedFlow): { a: OwnerMatch | null; b: OwnerMatch | null } {
    return { a: this.#ofEnd(flow, "a"), b: this.#ofEnd(flow, "b") };
  }

  find(flow: OwnedFlow): OwnerMatch | null {
    const { a, b } = this.ends(flow);
    if (!a || !b) return a ?? b;
    return strength[b.by] > strength[a.by] ? b : a;
  }

  #ofEnd(flow: OwnedFlow, end: "a" | "b"): OwnerMatch | null {
    const local = flow[end];
    const remote = flow[end === "a" ? "b" : "a"];
    const address = plain(local.address);
    const place = `${flow.protocol} ${address} ${local.port}`;
    const socket = nearest(
      this.#connections.get(`${place} ${plain(remote.address)} ${remote.port}`),
      flow,
    );
    if (socket) return { owner: socket, by: "socket", end };
    const anywhere = `${flow.protocol} * ${local.port}`;
    const listener =
      nearest(this.#listeners.get(place), flow) ??
      (this.#localAddresses.has(address) ? nearest(this.#listeners.get(anywhere), flow) : null);
    if (listener) return { owner: listener, by: "listener", end };
    const owner = onlyProcess(this.#ports.get(place), flow);
    if (owner) return { owner, by: "port", end };
    const program = this.#siblings.find(
      `${flow.protocol} ${address} ${plain(remote.address)} ${remote.port}`,
      flow,
    );
    return program && { owner: program, by: "sibling", end };
  }
}

const strength: Record<OwnerMatchKind, number> = { socket: 4, listener: 3, port: 2, sibling: 1 };

/** The observation nearest in time, if it is near enough; one with a process before one without. */
function nearest(owners: readonly SocketOwner[] | undefined, flow: OwnedFlow): SocketOwner | null {
  let best: SocketOwner | null = null;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const owner of owners ?? []) {
    const distance = distanceOf(owner, flow);
    if (distance > toleranceMilliseconds) continue;
    const rank = distance + (owner.pid === null ? toleranceMilliseconds : 0);
    if (rank >= bestRank) continue;
    best = owner;
    bestRank = rank;
  }
  return best;
}

/** The owner of a local port at which several connections of one process were seen, and of no other. */
function onlyProcess(
  owners: readonly SocketOwner[] | undefined,
  flow: OwnedFlow,
): SocketOwner | null {
  const near = (owners ?? []).filter((owner) => distanceOf(owner, flow) <= toleranceMilliseconds);
  const [first] = near;
  if (!first || first.pid === null || near.length < 2) return null;
  return near.every(({ pid }) => pid === first.pid) ? first : null;
}

/** Milliseconds between the observation and the flow; 0 when they overlap. */
function distanceOf({ firstSeen, lastSeen }: SocketOwner, flow: OwnedFlow): number {
  return Math.max(0, firstSeen - flow.lastTime, flow.firstTime - lastSeen);
}

const mappedPrefix = "::ffff:";

/** An IPv4 address mapped into IPv6 (RFC 4291, 2.5.5.2) is on the wire as IPv4. */
const plain = (address: string): string =>
  address.startsWith(mappedPrefix) && address.includes(".")
    ? address.slice(mappedPrefix.length)
    : address;
