import type { Finding } from "../findings/finding.ts";
import type { InspectedOwners, OwnedStream, ProcessUse, TcpStream } from "../inspection.ts";
import type { UdpStreamSummary } from "../inspection.ts";
import { parseNanoseconds } from "../summary/units.ts";
import { createOwnerIndex, type OwnerIndex, type OwnerMatch } from "./owner-index.ts";
import { ownerText } from "./owner-text.ts";
import type { OwnersFile, SocketOwner } from "./socket-owner.ts";

/** Processes and streams that are told; of more, their number. */
const processCountMax = 1_000;
const streamCountMax = 100_000;
/** Processes that one finding names. */
const namedCountMax = 3;

/** What of an inspection is looked at. */
export interface OwnedInspection {
  tcpStreams: Iterable<TcpStream>;
  udpStreams: { count: number; busiest?: UdpStreamSummary[] };
  findings: readonly Finding[];
  file: { firstTime: string | null; lastTime: string | null };
}

/** Which processes sent and received what is in a capture, and the findings with the processes they are about. */
export function nameOwners(
  inspection: OwnedInspection,
  file: OwnersFile,
): { owners: InspectedOwners; findings: Finding[] } {
  const naming = new Naming(createOwnerIndex(file), inspection);
  for (const stream of inspection.tcpStreams) naming.add("tcp", stream);
  for (const stream of inspection.udpStreams.busiest ?? []) naming.add("udp", stream);
  const owners = naming.result(file);
  return { owners, findings: namedFindings(inspection.findings, owners) };
}

type Stream = TcpStream | UdpStreamSummary;

class Naming {
  readonly #index: OwnerIndex;
  readonly #first: number;
  readonly #last: number;
  readonly #uses = new Map<string, ProcessUse>();
  readonly #counts = { tcp: { owned: 0, all: 0 }, udp: { owned: 0, all: 0 } };
  #told = 0;
  #untold = 0;

  constructor(index: OwnerIndex, { file }: OwnedInspection) {
    this.#index = index;
    this.#first = milliseconds(file.firstTime) ?? 0;
    this.#last = milliseconds(file.lastTime) ?? this.#first;
  }

  add(protocol: "tcp" | "udp", stream: Stream): void {
    const { a, b } = this.#index.ends({
      protocol,
      a: stream.a,
      b: stream.b,
      firstTime: milliseconds(stream.firstTime) ?? this.#first,
      lastTime: milliseconds(stream.lastTime) ?? this.#last,
    });
    const count = this.#counts[protocol];
    count.all++;
    if (isKnown(a) || isKnown(b)) count.owned++;
    if (a) this.#addTo(protocol, stream, a);
    if (b) this.#addTo(protocol, stream, b);
  }

  #addTo(protocol: "tcp" | "udp", stream: Stream, { owner, by, end }: OwnerMatch): void {
    const use = this.#useOf(owner);
    use.bytesSent += end === "a" ? stream.bytesAToB : stream.bytesBToA;
    use.bytesReceived += end === "a" ? stream.bytesBToA : stream.bytesAToB;
    const told: OwnedStream = { stream: stream.stream, end, by };
    use[protocol === "tcp" ? "tcpStreamCount" : "udpStreamCount"]++;
    if (this.#told++ < streamCountMax)
      use[protocol === "tcp" ? "tcpStreams" : "udpStreams"].push(told);
    else this.#untold++;
  }

  #useOf(owner: SocketOwner): ProcessUse {
    const key = JSON.stringify([owner.pid, owner.executable, owner.uid, owner.cgroup]);
    const known = this.#uses.get(key);
    if (known) return known;
    const { pid, executable, commandLine, uid, user, cgroup, unit, container } = owner;
    const use: ProcessUse = {
      name: ownerText(owner),
      pid,
      executable,
      commandLine,
      uid,
      user,
      cgroup,
      unit,
      container,
      bytesSent: 0,
      bytesReceived: 0,
      tcpStreamCount: 0,
      udpStreamCount: 0,
      tcpStreams: [],
      udpStreams: [],
    };
    this.#uses.set(key, use);
    return use;
  }

  result({ summary, malformedLines, overflowLines }: OwnersFile): InspectedOwners {
    const all = [...this.#uses.values()].sort((one, other) => bytesOf(other) - bytesOf(one));
    return {
      processes: all.slice(0, processCountMax),
      streams: this.#counts,
      missedSockets: summary?.missedSockets ?? null,
      countsMissed: summary?.countsMissed ?? false,
      overflow: {
        processes: Math.max(0, all.length - processCountMax),
        streams: this.#untold,
        lines: malformedLines + overflowLines + (summary?.overflow ?? 0),
      },
    };
  }
}

const isKnown = (match: OwnerMatch | null): boolean =>
  match !== null && (match.owner.pid !== null || match.owner.executable !== null);

const bytesOf = ({ bytesSent, bytesReceived }: ProcessUse): number => bytesSent + bytesReceived;

function milliseconds(time: string | null | undefined): number | null {
  const nanoseconds = parseNanoseconds(time ?? null);
  return nanoseconds === null ? null : Number(nanoseconds / 1_000n) / 1_000;
}

/** Names of the processes of each TCP stream, by its number. */
export function processesByStream({ processes }: InspectedOwners): Map<number, string[]> {
  const names = new Map<number, string[]>();
  for (const { name: certain, tcpStreams } of processes)
    for (const { stream, by } of tcpStreams) {
      const name = by === "sibling" ? `probably ${certain}` : certain;
      const known = names.get(stream);
      if (!known) names.set(stream, [name]);
      else if (!known.includes(name)) known.push(name);
    }
  return names;
}

/** A finding names the processes of its streams when they are few: then it is about them. */
function namedFindings(findings: readonly Finding[], owners: InspectedOwners): Finding[] {
  const names = processesByStream(owners);
  return findings.map((finding) => {
    const { streams } = finding.evidence;
    const found = new Set(streams.flatMap((stream) => names.get(stream) ?? []));
    if (found.size === 0 || found.size > namedCountMax) return finding;
    return { ...finding, processes: [...found] };
  });
}
