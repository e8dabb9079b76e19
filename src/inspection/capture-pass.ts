import { Analyses } from "./analysis/analyses.ts";
import type { Addresses } from "./analysis/addresses.ts";
import type { PacketWatcher } from "./analysis/packet-watcher.ts";
import type { Destination } from "./analysis/destinations.ts";
import { answersOf, withFindings } from "./answers.ts";
import type { IndexMaker } from "./browse/build-index.ts";
import { CommonPackets } from "./dissect/common-packets.ts";
import { dissectFrame } from "./dissect/dissect-frame.ts";
import { Frame } from "./dissect/frame.ts";
import { PacketComments, summarizeInterfaces } from "./file/capture-summary.ts";
import { CaptureReader } from "./file/capture-reader.ts";
import type { PacketView } from "./file/record.ts";
import type { Policy } from "./findings/policy.ts";
import { toNanoseconds, type Time } from "./file/time.ts";
import type { CaptureFileSummary, Conversation, Inspection, TcpStream } from "./inspection.ts";
import type { JsonBytes } from "./json-bytes.ts";
import { tcpStreamsJson } from "./tcp-stream-json.ts";

/** The parts of an inspection that may have a million entries, each made when it is asked for. */
export interface LongLists {
  tcpStreams: LongList<TcpStream>;
  destinations: { ipv4: LongList<DestinationEntry>; ipv6: LongList<DestinationEntry> };
  conversations: { ipv4: LongList<Conversation>; ipv6: LongList<Conversation> };
}

type DestinationEntry = [address: string, destination: Destination];

/** A list twice: its entries, and their JSON, which costs less than making the entries first. */
export interface LongList<Entry> {
  entries(): Iterable<Entry>;
  /** Gives away what is written whenever the buffer is full. */
  json(out: JsonBytes): Iterable<Uint8Array>;
}

export interface PassResult {
  brief: Omit<Inspection, keyof LongLists>;
  lists: LongLists;
}

/** Says whether a packet is to be looked at; called for each in order, with its number from 1. */
export type PacketChoice = (packet: PacketView, number: number) => boolean;

/** One pass over one capture. */
export class CapturePass {
  readonly reader = new CaptureReader();
  /** Notes where packets lie, for whoever wants to go to them later. */
  index: IndexMaker | null = null;
  readonly #analyses = new Analyses();
  #frame = new Frame(this.#analyses);
  #common: CommonPackets | null;
  readonly #comments = new PacketComments();
  #packets = 0;
  #bytesOnWire = 0;
  #bytesCaptured = 0;
  #first: Time | null = null;
  #last: Time | null = null;

  readonly #accepts: PacketChoice | null;
  #read = 0;

  /** With `hasShortWay` false every packet goes the general way, which gives the same and takes longer. */
  constructor(
    depth: "transport" | "all",
    accepts: PacketChoice | null = null,
    hasShortWay: boolean = true,
  ) {
    this.#accepts = accepts;
    this.#common = hasShortWay ? new CommonPackets(this.#frame) : null;
    this.#frame.transportOnly = depth === "transport";
  }

  /** Shows every packet to one more; before the first. */
  watch<Watcher extends PacketWatcher>(make: (analyses: Analyses) => Watcher): Watcher {
    const watcher = make(this.#analyses);
    this.#analyses.watch(watcher);
    return watcher;
  }

  read(chunk: Uint8Array): void {
    const { reader } = this;
    this.index?.push(chunk);
    reader.push(chunk);
    while (reader.next()) {
      const { packet } = reader;
      this.#read++;
      this.index?.take(reader);
      if (this.#accepts && !this.#accepts(packet, this.#read)) continue;
      this.#packets++;
      this.#bytesOnWire += packet.originalLength;
      this.#bytesCaptured += packet.capturedLength;
      if (packet.hasTime) this.#noteTime(packet);
      if (packet.optionsLength > 0) this.#comments.add(packet, this.#packets);
      if (this.#common?.take(packet, this.#packets)) continue;
      this.#frame.start(packet, this.#packets);
      dissectFrame(this.#frame, packet.offset, packet.linkType);
    }
  }

  /** What was found; once, after the last packet. */
  result(compressionProblem: string | null, policy: Policy): PassResult {
    const analyses = this.#analyses;
    const isBrief = this.#frame.transportOnly;
    this.#common?.finish();
    // Lets go what dissection keeps of streams, which may be a hundred megabytes, before more is made.
    this.#common = null;
    this.#frame = new Frame(analyses);
    analyses.finish();
    const { addresses, ipTraffic, tcpStreams, udpStreams } = analyses;
    const { ipv4, ipv6 } = ipTraffic;
    const names = [analyses.dnsNames, analyses.httpNames, analyses.tlsNames];
    const brief = {
      depth: isBrief ? ("transport" as const) : ("all" as const),
      file: this.#file(compressionProblem),
      protocolHierarchy: analyses.hierarchy.result(),
      tcpTotals: tcpStreams.totals(),
      udpStreams: { count: udpStreams.count },
      names: {
        dns: analyses.dnsNames.result(),
        http: analyses.httpNames.result(),
        tls: analyses.tlsNames.result(),
      },
      overflow: {
        tcpStreams: tcpStreams.overflow,
        conversations: ipv4.conversations.overflow + ipv6.conversations.overflow,
        destinations: ipv4.destinations.overflow + ipv6.destinations.overflow,
        names: names.reduce((sum, { overflow }) => sum + overflow, 0),
      },
      ...answersOf(analyses, { end: this.#last, policy, isBrief }),
    };
    const lists = {
      tcpStreams: {
        entries: () => analyses.traffic.describe(tcpStreams.all()),
        json: (out: JsonBytes) => tcpStreamsJson(analyses, out),
      },
      destinations: {
        ipv4: listOf(ipv4.destinations, addresses),
        ipv6: listOf(ipv6.destinations, addresses),
      },
      conversations: {
        ipv4: listOf(ipv4.conversations, addresses),
        ipv6: listOf(ipv6.conversations, addresses),
      },
    };
    return {
      brief: isBrief ? { ...brief, findings: [] } : withFindings(brief, analyses, policy),
      lists,
    };
  }

  #file(compressionProblem: string | null): CaptureFileSummary {
    const { reader } = this;
    const problem = reader.problemWith(compressionProblem);
    return {
      format: reader.format ?? "pcap",
      packets: this.#packets,
      bytesOnWire: this.#bytesOnWire,
      bytesCaptured: this.#bytesCaptured,
      firstTime: this.#first && String(toNanoseconds(this.#first)),
      lastTime: this.#last && String(toNanoseconds(this.#last)),
      linkTypes: [...new Set(reader.interfaces.map(({ linkType }) => linkType))],
      interfaces: summarizeInterfaces(reader.interfaces),
      ...this.#comments.withFileComments(reader.comments),
      truncated: problem !== null,
      ...(problem && { problem }),
    };
  }

  #noteTime({ seconds, nanoseconds }: Time): void {
    this.#first = earlier(this.#first, seconds, nanoseconds, -1);
    this.#last = earlier(this.#last, seconds, nanoseconds, 1);
  }
}

interface Table<Entry> {
  entries(addresses: Addresses): Iterable<Entry>;
  json(addresses: Addresses, out: JsonBytes): Iterable<Uint8Array>;
}

function listOf<Entry>(table: Table<Entry>, addresses: Addresses): LongList<Entry> {
  return { entries: () => table.entries(addresses), json: (out) => table.json(addresses, out) };
}

/** The earlier (sign -1) or later (sign 1) of two times; written in place, nothing is allocated. */
function earlier(kept: Time | null, seconds: number, nanoseconds: number, sign: number): Time {
  if (!kept) return { seconds, nanoseconds };
  const difference = seconds - kept.seconds || nanoseconds - kept.nanoseconds;
  if (difference * sign > 0) {
    kept.seconds = seconds;
    kept.nanoseconds = nanoseconds;
  }
  return kept;
}
