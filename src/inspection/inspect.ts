import { withAnswers, type InspectionTables } from "./answers.ts";
import { Analyses } from "./analysis/analyses.ts";
import { dissectFrame } from "./dissect/dissect-frame.ts";
import { Frame } from "./dissect/frame.ts";
import { CaptureReader } from "./file/capture-reader.ts";
import { decompressed } from "./file/decompressed.ts";
import { toNanoseconds, type Time } from "./file/time.ts";
import type { Inspection } from "./inspection.ts";

export interface InspectOptions {
  /** Ends the inspection with the signal's reason. */
  signal?: AbortSignal;
  /** Called with the bytes of the source read so far. */
  onProgress?: (bytes: number) => void;
}

/**
 * Inspects a pcap or pcapng file, also gzipped, in one pass. A file that is cut or damaged gives what
 * could be read, and `problem` says where and why. Raises CaptureFormatUnknown for any other file.
 */
export async function inspect(
  source: AsyncIterable<Uint8Array>,
  options: InspectOptions = {},
): Promise<Inspection> {
  const pass = new Pass();
  const failure = await readAll(source, pass, options);
  pass.reader.end();
  return pass.result(failure);
}

async function readAll(
  source: AsyncIterable<Uint8Array>,
  pass: Pass,
  { signal, onProgress }: InspectOptions,
): Promise<string | null> {
  const compressed = { problem: null as string | null };
  for await (const chunk of decompressed(source, { compressed, onProgress })) {
    signal?.throwIfAborted();
    pass.read(chunk);
    if (pass.reader.problem) break;
  }
  return compressed.problem;
}

/** One pass over one capture. */
class Pass {
  readonly reader = new CaptureReader();
  readonly #analyses = new Analyses();
  readonly #frame = new Frame(this.#analyses);
  #packets = 0;
  #bytesOnWire = 0;
  #bytesCaptured = 0;
  #first: Time | null = null;
  #last: Time | null = null;

  read(chunk: Uint8Array): void {
    const { reader } = this;
    reader.push(chunk);
    while (reader.next()) {
      const { packet } = reader;
      this.#packets++;
      this.#bytesOnWire += packet.originalLength;
      this.#bytesCaptured += packet.capturedLength;
      if (packet.hasTime) this.#noteTime(packet);
      this.#frame.start(packet, this.#packets);
      dissectFrame(this.#frame, packet.offset, packet.linkType);
    }
  }

  result(compressionProblem: string | null): Inspection {
    const { reader } = this;
    const analyses = this.#analyses;
    analyses.finish();
    const { ipv4, ipv6 } = analyses.ipTraffic;
    const problem =
      reader.problem ??
      (compressionProblem === null ? null : { offset: 0, reason: compressionProblem });
    const addresses = analyses.addresses;
    const tables: InspectionTables = {
      file: {
        format: reader.format ?? "pcap",
        packets: this.#packets,
        bytesOnWire: this.#bytesOnWire,
        bytesCaptured: this.#bytesCaptured,
        firstTime: this.#first && String(toNanoseconds(this.#first)),
        lastTime: this.#last && String(toNanoseconds(this.#last)),
        linkTypes: [...new Set(reader.interfaces.map(({ linkType }) => linkType))],
        truncated: problem !== null,
        ...(problem && { problem }),
      },
      protocolHierarchy: analyses.hierarchy.result(),
      tcpStreams: analyses.traffic.describe(analyses.tcpStreams.result()),
      tcpTotals: analyses.tcpStreams.totals(),
      udpStreams: { count: analyses.udpStreams.count },
      destinations: {
        ipv4: Object.fromEntries(ipv4.destinations.entries(addresses)),
        ipv6: Object.fromEntries(ipv6.destinations.entries(addresses)),
      },
      conversations: {
        ipv4: [...ipv4.conversations.result(addresses)],
        ipv6: [...ipv6.conversations.result(addresses)],
      },
      names: {
        dns: analyses.dnsNames.result(),
        http: analyses.httpNames.result(),
        tls: analyses.tlsNames.result(),
      },
      overflow: {
        tcpStreams: analyses.tcpStreams.overflow,
        conversations: ipv4.conversations.overflow + ipv6.conversations.overflow,
        destinations: ipv4.destinations.overflow + ipv6.destinations.overflow,
        names:
          analyses.dnsNames.overflow + analyses.httpNames.overflow + analyses.tlsNames.overflow,
      },
    };
    return withAnswers(tables, analyses, this.#last);
  }

  #noteTime({ seconds, nanoseconds }: Time): void {
    this.#first = earlier(this.#first, seconds, nanoseconds, -1);
    this.#last = earlier(this.#last, seconds, nanoseconds, 1);
  }
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
