import { interfaceOption } from "../../file/pcapng-interface.ts";
import type { CaptureReader } from "../../file/capture-reader.ts";
import { newReaderState, type CaptureInterface, type PacketView } from "../../file/record.ts";
import { captureWriter, type WrittenFrom } from "../capture-writer.ts";
import { PacketCursor } from "../packet-cursor.ts";
import type { RewriteOptions, RewriteResult } from "../rewrite-capture.ts";
import { AddressMapper } from "./address-mapper.ts";
import { PacketTrimmer } from "./packet-trimmer.ts";
import { type PrivacyPolicy, privacyText } from "./privacy-policy.ts";

export interface PrivacyOptions extends RewriteOptions {
  policy: PrivacyPolicy;
  /** Needed where addresses are pseudonymised: 32 bytes. */
  key: Uint8Array | null;
  /** Bytes kept of each packet at most; 0 is no limit. */
  snapLengthBytes?: number;
  /** What the section says besides the policy; the source's own comments are left out. */
  comments?: readonly string[];
}

export interface PrivacyResult extends RewriteResult {
  /** Packets of a link type that is not known, of which nothing was kept. */
  packetsEmptied: number;
  /** Of the packets as they were. */
  bytesBefore: number;
}

/**
 * Writes a capture again with what a privacy policy leaves of it. Comments, names of addresses, secrets
 * and other blocks are left out, of interfaces all but their name, and with pseudonyms the name too.
 */
export async function* privateCapture(
  source: AsyncIterable<Uint8Array>,
  options: PrivacyOptions,
): AsyncGenerator<Uint8Array, PrivacyResult> {
  const { policy, snapLengthBytes = 0, comments = [] } = options;
  const cursor = new PacketCursor(source, options);
  const from = new ScrubbedSource(cursor.reader, policy, [...comments, privacyText(policy)]);
  const writer = captureWriter(options.format, from);
  const trimmer = new PacketTrimmer(policy, mapperOf(options));
  const written: PacketView = newReaderState().packet;
  let blocksLeftOut = 0;
  let packets = 0;
  cursor.reader.takeBlocks(() => blocksLeftOut++);
  try {
    while (cursor.next() || (await cursor.fill())) {
      const { packet } = cursor;
      const kept = trimmer.trim(packet);
      writer.putPacket(
        copyOf(written, packet, trimmer.bytes, kept),
        snapLengthBytes > 0 ? Math.min(kept, snapLengthBytes) : kept,
      );
      packets++;
      if (writer.isFull) yield writer.take();
    }
    from.refresh();
    writer.finish();
    yield writer.take();
  } finally {
    await cursor.close();
  }
  const { packetsEmptied, bytesBefore } = trimmer;
  const { sizeBytes } = writer;
  const { problem } = cursor;
  const left = { packets, packetsLeftOut: 0, blocksLeftOut, sizeBytes, problem };
  return { ...left, packetsEmptied, bytesBefore };
}

function mapperOf({ policy, key }: PrivacyOptions): AddressMapper | null {
  if (!policy.pseudonymise) return null;
  if (!key) throw new RangeError("pseudonyms need a key");
  return new AddressMapper(key);
}

/** The packet as it is written: other bytes, and no options. */
function copyOf(
  target: PacketView,
  packet: PacketView,
  bytes: Uint8Array,
  size: number,
): PacketView {
  target.bytes = bytes;
  target.offset = 0;
  target.capturedLength = size;
  target.originalLength = packet.originalLength;
  target.seconds = packet.seconds;
  target.nanoseconds = packet.nanoseconds;
  target.hasTime = packet.hasTime;
  target.interfaceIndex = packet.interfaceIndex;
  target.linkType = packet.linkType;
  target.optionsLength = 0;
  return target;
}

/** What a reader says of its file, without what the policy takes out. */
class ScrubbedSource implements WrittenFrom {
  readonly comments: readonly string[];
  readonly #reader: CaptureReader;
  readonly #policy: PrivacyPolicy;
  #interfaces: CaptureInterface[] = [];

  constructor(reader: CaptureReader, policy: PrivacyPolicy, comments: readonly string[]) {
    this.#reader = reader;
    this.#policy = policy;
    this.comments = comments;
  }

  get interfaces(): readonly CaptureInterface[] {
    if (this.#interfaces.length !== this.#reader.interfaces.length) this.refresh();
    return this.#interfaces;
  }

  /** Takes over what has been counted since. */
  refresh(): void {
    const keepsName = !this.#policy.pseudonymise;
    this.#interfaces = this.#reader.interfaces.map((source) => ({
      ...source,
      options: source.options.filter(({ code }) => keepsName && code === interfaceOption.name),
    }));
  }
}
