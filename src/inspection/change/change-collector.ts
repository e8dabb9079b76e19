import { ipv4Text } from "../analysis/addresses.ts";
import type { Analyses } from "../analysis/analyses.ts";
import { addressKind } from "../analysis/ends.ts";
import type { DnsMessage } from "../analysis/dns-exchanges.ts";
import { KeyTable } from "../analysis/key-table.ts";
import type { MessagePlace, PacketWatcher } from "../analysis/packet-watcher.ts";
import { family } from "../analysis/time-series.ts";
import type { Frame } from "../dissect/frame.ts";
import { DnsShapes } from "./dns-shapes.ts";
import { FlowSlices } from "./flow-slices.ts";
import { PeerNames } from "./peer-names.ts";
import { SliceLog } from "./slice-log.ts";

/** Packets further from the moment are of a clock that was wrong, or of another day: they are counted apart. */
const distanceMillisecondsMax = 6 * 3_600_000;
/** Pairs of addresses whose packets are neither TCP nor UDP. */
const pairCountMax = 65_536;
const pairEntryCountMax = 200_000;
const sliceMilliseconds = 100;

/** The bounds of what is compared, milliseconds since the epoch. */
export interface ChangeBounds {
  moment: number;
  from: number | null;
  to: number | null;
}

/** Collects what the answer is made of, beside the analyses of an inspection. */
export class ChangeCollector implements PacketWatcher {
  readonly analyses: Analyses;
  readonly tcp: FlowSlices;
  readonly udp: FlowSlices;
  /** By pair of addresses (`pairs`): packets and bytes of what has no ports. */
  readonly other = new SliceLog({
    shape: { counts: 1, sums: 1 },
    entryCountMax: pairEntryCountMax,
    sliceMilliseconds,
  });
  /** Kind of the addresses, source and destination, as `Ends` has them. */
  readonly pairs = new KeyTable(3, pairCountMax);
  readonly names = new PeerNames();
  readonly dns = new DnsShapes();
  readonly bounds: ChangeBounds;
  /** Of the packets that count, milliseconds after the moment. */
  first = Infinity;
  last = -Infinity;
  /** Packets that count, and those whose time is too far from the moment to be of it. */
  packets = 0;
  farPackets = 0;
  readonly #momentSeconds: number;
  readonly #momentMilliseconds: number;
  #time = NaN;

  constructor(analyses: Analyses, bounds: ChangeBounds) {
    this.analyses = analyses;
    this.bounds = bounds;
    this.tcp = new FlowSlices(analyses.tcpStreams.flows);
    this.udp = new FlowSlices(analyses.udpStreams.flows);
    // Apart, because the product of both loses the digits after the millisecond.
    this.#momentSeconds = Math.floor(bounds.moment / 1_000);
    this.#momentMilliseconds = bounds.moment - this.#momentSeconds * 1_000;
  }

  packet(frame: Frame, kind: number): void {
    const time = this.#timeOf(frame);
    if (Math.abs(time) > distanceMillisecondsMax) this.farPackets++;
    if (!this.#isWanted(time)) return;
    this.packets++;
    if (time < this.first) this.first = time;
    if (time > this.last) this.last = time;
    if (kind === family.tcp) this.tcp.addSegment(frame, time);
    else if (kind === family.udp) this.#addDatagram(frame, time);
    else if (kind !== family.nonIp) this.#addOther(frame, time);
  }

  destinationName({ ends, analyses }: Frame, name: string): void {
    const { kind, destinationKey } = ends;
    if (kind === addressKind.none || destinationKey === -1) return;
    // Not by its number: to ask for that gives it one, and the inspection's own order follows the numbers.
    const isIpv4 = kind === addressKind.ipv4;
    const address = isIpv4 ? ipv4Text(destinationKey) : analyses.addresses.text(destinationKey);
    this.names.addAsked(address, name);
  }

  dnsMessage(frame: Frame, message: DnsMessage, place: MessagePlace): void {
    if (message.isResponse) {
      this.names.addAnswers(message.name, place);
      return;
    }
    const time = this.#timeOf(frame);
    if (this.#isWanted(time)) this.dns.add(message.name, time);
  }

  /** What found no room in the tables. */
  get overflow(): number {
    return this.tcp.log.overflow + this.udp.log.overflow + this.other.overflow;
  }

  /** Milliseconds after the moment; as of the packet before where the packet has no time. */
  #timeOf({ seconds, nanoseconds }: Frame): number {
    if (seconds === 0 && nanoseconds === 0) return this.#time;
    const time =
      (seconds - this.#momentSeconds) * 1_000 + nanoseconds / 1e6 - this.#momentMilliseconds;
    this.#time = time;
    return time;
  }

  #isWanted(time: number): boolean {
    const { moment, from, to } = this.bounds;
    // NaN, where no packet had a time yet, is not wanted either.
    if (!(Math.abs(time) <= distanceMillisecondsMax)) return false;
    return (from === null || time >= from - moment) && (to === null || time < to - moment);
  }

  #addDatagram(frame: Frame, time: number): void {
    // An error that quotes a datagram has the datagram's stream.
    if (frame.depth > 0 && isError(frame)) this.udp.addError(frame, time);
    else this.udp.addDatagram(frame, time);
  }

  #addOther({ ends, wireLength }: Frame, time: number): void {
    const { key } = this.pairs;
    key[0] = ends.kind;
    key[1] = ends.sourceKey;
    key[2] = ends.destinationKey;
    const pair = this.pairs.findOrAdd();
    const entry = pair < 0 ? -1 : this.other.entryAt(pair, time);
    if (entry < 0) return;
    const { counts, sums } = this.other;
    counts[entry] = (counts[entry] ?? 0) + 1;
    sums[entry] = (sums[entry] ?? 0) + wireLength;
  }
}

/** True of an error that quotes a datagram, and not of an error inside of a datagram. */
function isError({ path, depth }: Frame): boolean {
  for (let at = 0; at < depth; at++) {
    if (path[at] === "udp") return false;
    if (path[at] === "icmp" || path[at] === "icmpv6") return true;
  }
  return false;
}
