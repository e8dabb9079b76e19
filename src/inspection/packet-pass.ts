// One pass over a capture that looks at packets one by one, with the values of their fields.
import { Analyses } from "./analysis/analyses.ts";
import { dissectLinkType } from "./dissect/protocols.ts";
import { Frame } from "./dissect/frame.ts";
import { CaptureReader } from "./file/capture-reader.ts";
import { commentsOf, readOptions } from "./file/pcapng-interface.ts";
import { decompressed } from "./file/decompressed.ts";
import { toNanoseconds } from "./file/time.ts";
import type { PacketView } from "./file/record.ts";
import type { FrameLayer, Subject } from "./filter/subject.ts";

/** Opens a capture's bytes, from the beginning each time. */
export type CaptureSource = () => AsyncIterable<Uint8Array>;

/** What looks at every packet, in order. */
export interface PacketVisitor {
  /** Returns false when no more packets are wanted. */
  visit(subject: Subject): boolean;
  /** Called between chunks, where it may wait. */
  flush?(): Promise<void>;
}

/** What a pass found out about the file itself. */
export interface PassEnd {
  packets: number;
  problem: { offset: number; reason: string } | null;
}

/** Shows every packet of a capture to a visitor. */
export async function visitPackets(
  source: CaptureSource,
  visitor: PacketVisitor,
  signal?: AbortSignal,
): Promise<PassEnd> {
  const pass = new PacketPass(visitor);
  const compressed = { problem: null as string | null };
  for await (const chunk of decompressed(source(), { compressed })) {
    signal?.throwIfAborted();
    const goesOn = pass.read(chunk);
    await visitor.flush?.();
    if (!goesOn) return pass.end(null, false);
  }
  return pass.end(compressed.problem, true);
}

/** Dissects packets, which must come in the order of their numbers; what it gives is valid until the next. */
export class SubjectMaker {
  readonly #frame = new Frame(new Analyses());
  readonly #packet = newFrameLayer(this.#frame);
  readonly #subject: Subject = { frame: this.#frame, packet: this.#packet };

  constructor() {
    this.#frame.detailed = true;
  }

  get number(): number {
    return this.#packet.number;
  }

  subjectOf(packet: PacketView, number: number): Subject {
    describe(this.#packet, packet, number);
    this.#frame.start(packet, number);
    dissectLinkType(this.#frame, packet.offset, packet.linkType);
    return this.#subject;
  }
}

class PacketPass {
  readonly #reader = new CaptureReader();
  readonly #maker = new SubjectMaker();
  readonly #visitor: PacketVisitor;

  constructor(visitor: PacketVisitor) {
    this.#visitor = visitor;
  }

  /** False when no more packets are wanted, or can be read. */
  read(chunk: Uint8Array): boolean {
    const reader = this.#reader;
    reader.push(chunk);
    while (reader.next()) {
      const subject = this.#maker.subjectOf(reader.packet, this.#maker.number + 1);
      // A pcap file has no interfaces to number.
      if (reader.format === "pcap") subject.packet.interfaceIndex = -1;
      if (!this.#visitor.visit(subject)) return false;
    }
    return reader.problem === null;
  }

  end(compressionProblem: string | null, isWhole: boolean): PassEnd {
    if (isWhole) this.#reader.end();
    const found = compressionProblem === null ? null : { offset: 0, reason: compressionProblem };
    return { packets: this.#maker.number, problem: this.#reader.problem ?? found };
  }
}

function newFrameLayer(frame: Frame): FrameLayer {
  return {
    protocol: "frame",
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    wireEnd: 0,
    notes: null,
    stream: -1,
    facts: null,
    number: 0,
    wireLength: 0,
    capturedLength: 0,
    hasTime: false,
    time: 0n,
    previousTime: null,
    firstTime: null,
    interfaceIndex: 0,
    linkType: 0,
    comments: [],
    protocols: () => protocolsOf(frame),
  };
}

const withEtherType: ReadonlySet<string> = new Set(["eth", "vlan", "ieee8021ad", "sll"]);

/** As Wireshark lists them: parts of protocols are left out, and a look-up by EtherType shows. */
function protocolsOf({ path, depth }: Frame): string[] {
  const names: string[] = [];
  for (let index = 0; index < depth; index++) {
    const name = path[index] ?? "";
    if (name.includes(".") && !name.startsWith("_ws.")) continue;
    names.push(name);
    const next = path[index + 1];
    if (withEtherType.has(name) && index + 1 < depth && next !== "llc" && next !== "ipx")
      names.push("ethertype");
  }
  return names;
}

const noComments: readonly string[] = [];

function packetComments({
  bytes,
  optionsOffset,
  optionsLength,
  littleEndian,
}: PacketView): string[] {
  return commentsOf(readOptions(bytes, optionsOffset, optionsOffset + optionsLength, littleEndian));
}

function describe(layer: FrameLayer, packet: PacketView, number: number): void {
  if (layer.number > 0 && layer.hasTime) layer.previousTime = layer.time;
  layer.bytes = packet.bytes;
  layer.start = packet.offset;
  layer.end = packet.offset + packet.capturedLength;
  layer.number = number;
  layer.wireLength = packet.originalLength;
  layer.capturedLength = packet.capturedLength;
  layer.hasTime = packet.hasTime;
  layer.interfaceIndex = packet.interfaceIndex;
  layer.linkType = packet.linkType;
  layer.comments = packet.optionsLength > 0 ? packetComments(packet) : noComments;
  if (!packet.hasTime) return;
  layer.time = toNanoseconds(packet);
  layer.firstTime ??= layer.time;
}
