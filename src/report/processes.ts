import { processesByStream } from "../inspection/change/inspected-owners.ts";
import type {
  Inspection,
  InspectedOwners,
  ProcessUse,
  TcpStream,
} from "../inspection/inspection.ts";
import { textLengthMax, visible } from "../inspection/summary/safe-text.ts";
import { takeTop, type Top } from "../inspection/summary/top.ts";
import type { Talk } from "../inspection/summary/traffic.ts";
import { formatCount, plural } from "../inspection/summary/units.ts";

/** Processes that a report keeps, and streams of each. */
const processCountMax = 50;
const streamCountMax = 20;
/** Processes named with one pair of addresses. */
const namedCountMax = 3;

/** A row with the processes of the host that took part, where they are known. */
export type WithProcesses<Row> = Row & { processes?: readonly string[] };

/** The processes of a capture, bounded. */
export interface ReportOwners extends Omit<InspectedOwners, "processes"> {
  processes: Top<ProcessUse>;
}

export function reportOwners({ owners }: Pick<Inspection, "owners">): ReportOwners | null {
  if (!owners) return null;
  const { items, omitted } = takeTop(owners.processes, processCountMax);
  return {
    ...owners,
    processes: { items: items.map(bounded), omitted: omitted + owners.overflow.processes },
  };
}

const bounded = (use: ProcessUse): ProcessUse => ({
  ...use,
  executable: shown(use.executable),
  commandLine: shown(use.commandLine),
  user: shown(use.user),
  cgroup: shown(use.cgroup),
  unit: shown(use.unit),
  container: shown(use.container),
  tcpStreams: use.tcpStreams.slice(0, streamCountMax),
  udpStreams: use.udpStreams.slice(0, streamCountMax),
});

const shown = (text: string | null): string | null =>
  text === null ? null : visible(text, textLengthMax);

export function streamsWithProcesses(
  { items, omitted }: Top<TcpStream>,
  { owners }: Pick<Inspection, "owners">,
): Top<WithProcesses<TcpStream>> {
  if (!owners) return { items, omitted };
  const names = processesByStream(owners);
  return { items: items.map((stream) => named(stream, names.get(stream.stream))), omitted };
}

/** Of each pair the processes that moved most bytes. */
export function talksWithProcesses(
  { items, omitted }: Top<Talk>,
  inspection: Pick<Inspection, "owners" | "tcpStreams" | "udpStreams">,
): Top<WithProcesses<Talk>> {
  const { owners } = inspection;
  if (!owners) return { items, omitted };
  const wanted = new Map(items.map(({ a, b }) => [pairOf(a, b), new Map<string, number>()]));
  const tcp = new Map(inspection.tcpStreams.map((stream) => [stream.stream, stream]));
  const udp = new Map((inspection.udpStreams.busiest ?? []).map((each) => [each.stream, each]));
  for (const { name, tcpStreams, udpStreams } of owners.processes) {
    const streams = [
      ...tcpStreams.map(({ stream }) => tcp.get(stream)),
      ...udpStreams.map(({ stream }) => udp.get(stream)),
    ];
    for (const stream of streams) {
      if (!stream) continue;
      const bytes = wanted.get(pairOf(stream.a.address, stream.b.address));
      bytes?.set(name, (bytes.get(name) ?? 0) + stream.bytesAToB + stream.bytesBToA);
    }
  }
  return {
    items: items.map((talk) => named(talk, most(wanted.get(pairOf(talk.a, talk.b))))),
    omitted,
  };
}

const pairOf = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

function most(bytes: ReadonlyMap<string, number> | undefined): string[] {
  const sorted = [...(bytes ?? [])].sort(([, one], [, other]) => other - one);
  return sorted.slice(0, namedCountMax).map(([name]) => name);
}

const named = <Row extends object>(
  row: Row,
  processes: readonly string[] = [],
): WithProcesses<Row> => ({ ...row, ...(processes.length > 0 && { processes }) });

/** How much of the capture has a process, and what was missed, in a sentence. */
export function ownersSentence({ streams, missedSockets, countsMissed }: ReportOwners): string {
  const { tcp, udp } = streams;
  const known = `A process is known for ${formatCount(tcp.owned)} of ${plural(tcp.all, "TCP stream")} and ${formatCount(udp.owned)} of ${plural(udp.all, "UDP stream")}`;
  if (missedSockets === null)
    return `${known}; the record of owners has no end: part of it is missing.`;
  const least = countsMissed ? "" : "at least ";
  return `${known}; ${least}${plural(missedSockets, "socket")} of the host came and went unseen meanwhile.`;
}
