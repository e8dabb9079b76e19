import { sum, type FlowChange } from "./flow-changes.ts";
import { lossCountMin, lossShareMin, servicePortMax } from "./thresholds.ts";

/** Hosts, ports and targets that are remembered of each kind. */
const keyCountMax = 100_000;
const targetsPerKeyMax = 4_096;

/** What was tried at one host or one port. */
interface Tried {
  targets: Set<number>;
  attempts: number;
  silent: number;
}

/** Connections that others began to one port of the host. */
export interface Door {
  port: number;
  begunBefore: number;
  begunAfter: number;
  /** Begun after, and never went on: half open, or without an answer. */
  stuck: number;
  /** Begun, and the host answered at least once: the port is open. */
  isOpen: boolean;
  refused: number;
  sources: Set<number>;
}

/** Segments one way between the host and a peer. */
export interface Way {
  packetsBefore: number;
  resentBefore: number;
  packetsAfter: number;
  resentAfter: number;
}

/** Both ways between the host and one peer: the one that only acknowledges says nothing of the other's losses. */
export interface Path {
  remote: number;
  out: Way;
  in: Way;
}

/** Protocols that only peer-to-peer programs speak. */
const peerProtocols: ReadonlySet<string> = new Set(["bittorrent", "bt-dht", "bt-utp"]);

/** True of a connection or datagram that gave nothing. */
export const isSilent = (flow: FlowChange): boolean =>
  flow.transport === "tcp"
    ? flow.isBegun && !flow.hasData
    : flow.transport === "udp" &&
      flow.isBegun &&
      (flow.outcome === "refused" || (flow.after[sum.packetsIn] ?? 0) === 0);

/** What all flows together say, one flow after another. */
export class Tallies {
  /** By host, the ports that were tried there; by port, the hosts. Outbound and begun after. */
  readonly triedHosts = new Map<number, Tried>();
  readonly triedPorts = new Map<number, Tried>();
  readonly doors = new Map<number, Door>();
  readonly paths = new Map<number, Path>();
  /** Ports of the host that peer-to-peer programs use, and peers that speak it. */
  readonly peerPorts = new Set<number>();
  readonly peers = new Set<number>();
  peerStreams = 0;
  /** Peers at ports that are no service's, with data both ways. */
  readonly namelessPeers = new Set<number>();
  deniedBefore = 0;
  deniedAfter = 0;
  /** Refused inbound targets of one source: what a scan of this host looks like. */
  readonly deniedPorts = new Set<number>();

  add(flow: FlowChange): void {
    this.#addDenied(flow);
    if (flow.transport === "other") return;
    this.#addPeer(flow);
    const begunAfter = (flow.after[sum.begun] ?? 0) > 0;
    if (flow.isOutbound) {
      if (begunAfter) this.#addTried(flow);
    } else if (flow.transport === "tcp" && flow.isBegun) this.#addDoor(flow, begunAfter);
    if (flow.transport === "tcp" && flow.hasData) this.#addPath(flow);
  }

  #addDenied({ before, after, serverPort, isOutbound }: FlowChange): void {
    this.deniedBefore += before[sum.denied] ?? 0;
    const denied = after[sum.denied] ?? 0;
    this.deniedAfter += denied;
    if (denied > 0 && !isOutbound && this.deniedPorts.size < keyCountMax)
      this.deniedPorts.add(serverPort);
  }

  #addTried(flow: FlowChange): void {
    const target = flow.remote * 2 + (flow.transport === "tcp" ? 1 : 0);
    const port = flow.serverPort * 2 + (flow.transport === "tcp" ? 1 : 0);
    addTried(this.triedHosts, target, { target: flow.serverPort, flow });
    addTried(this.triedPorts, port, { target: flow.remote, flow });
  }

  #addDoor(flow: FlowChange, begunAfter: boolean): void {
    let door = this.doors.get(flow.serverPort);
    if (!door) {
      door = {
        port: flow.serverPort,
        begunBefore: 0,
        begunAfter: 0,
        stuck: 0,
        isOpen: false,
        refused: 0,
        sources: new Set(),
      };
      this.doors.set(flow.serverPort, door);
    }
    door.isOpen ||= flow.outcome === "open" || flow.outcome === "halfOpen";
    if (!begunAfter) {
      door.begunBefore++;
      return;
    }
    door.begunAfter++;
    if (flow.outcome === "halfOpen" || flow.outcome === "unanswered") door.stuck++;
    if (flow.outcome === "refused") door.refused++;
    if (door.sources.size < keyCountMax) door.sources.add(flow.remote);
  }

  #addPath({ remote, before, after }: FlowChange): void {
    let path = this.paths.get(remote);
    if (!path) {
      if (this.paths.size >= keyCountMax) return;
      path = { remote, out: newWay(), in: newWay() };
      this.paths.set(remote, path);
    }
    addWay(path.out, { before, after, packets: sum.packetsOut, resent: sum.resentOut });
    addWay(path.in, { before, after, packets: sum.packetsIn, resent: sum.resentIn });
  }

  #addPeer(flow: FlowChange): void {
    const { after, protocol, remote, localPort, remotePort } = flow;
    const packets = (after[sum.packetsOut] ?? 0) + (after[sum.packetsIn] ?? 0);
    if (packets === 0) return;
    if (protocol !== null && peerProtocols.has(protocol)) {
      this.peerStreams++;
      if (this.peers.size < keyCountMax) this.peers.add(remote);
      if (flow.transport === "udp" || !flow.isOutbound) this.peerPorts.add(localPort);
      return;
    }
    if (isNameless(flow) && this.namelessPeers.size < keyCountMax)
      this.namelessPeers.add(remote * 65_536 + remotePort);
  }
}

/** Between ports that are no service's, with data both ways and nothing that is known in it. */
export const isNameless = ({
  serverPort,
  localPort,
  remotePort,
  protocol,
  hasData,
}: FlowChange): boolean =>
  hasData &&
  serverPort > servicePortMax &&
  localPort > servicePortMax &&
  remotePort > servicePortMax &&
  (protocol === null || protocol === "data");

export const isPeerFlow = (flow: FlowChange, { peers, peerPorts }: Tallies): boolean =>
  (flow.protocol !== null && peerProtocols.has(flow.protocol)) ||
  (flow.transport === "udp" && peerPorts.has(flow.localPort)) ||
  (peers.has(flow.remote) && flow.serverPort > servicePortMax);

const newWay = (): Way => ({ packetsBefore: 0, resentBefore: 0, packetsAfter: 0, resentAfter: 0 });

function addWay(
  way: Way,
  { before, after, packets, resent }: Parts & { packets: number; resent: number },
): void {
  way.packetsBefore += before[packets] ?? 0;
  way.resentBefore += before[resent] ?? 0;
  way.packetsAfter += after[packets] ?? 0;
  way.resentAfter += after[resent] ?? 0;
}

type Parts = Pick<FlowChange, "before" | "after">;

/** True of a way that loses: enough segments were sent again to be no chance. */
export const isLossy = ({ packetsAfter, resentAfter }: Way): boolean =>
  resentAfter >= lossCountMin && resentAfter >= lossShareMin * packetsAfter;

function addTried(
  all: Map<number, Tried>,
  key: number,
  { target, flow }: { target: number; flow: FlowChange },
): void {
  let tried = all.get(key);
  if (!tried) {
    if (all.size >= keyCountMax) return;
    tried = { targets: new Set(), attempts: 0, silent: 0 };
    all.set(key, tried);
  }
  tried.attempts++;
  if (!isSilent(flow)) return;
  tried.silent++;
  if (tried.targets.size < targetsPerKeyMax) tried.targets.add(target);
}
