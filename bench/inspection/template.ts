import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { CaptureReader } from "../../src/inspection/file/capture-reader.ts";
import type { PacketView } from "../../src/inspection/file/record.ts";
import { findAddresses } from "./addresses.ts";
import { frameSizeMaxBytes } from "./frame-source.ts";
import { ethernetHeaderFor } from "./ethernet-header.ts";

/** Packets of real captures, ready to be repeated. Entry `i` of each list is of packet `i`. */
export interface Template {
  bytes: Buffer;
  /** Where each packet begins in `bytes`, and at last where the last one ends. */
  starts: number[];
  originalLengths: number[];
  /** Microseconds after the packet before. */
  gaps: number[];
  /** Where each packet's addresses begin in `addresses`, and at last their count. */
  addressStarts: number[];
  /** Twice the place in `bytes`, plus one for IPv6. */
  addresses: number[];
  /** Index of the first packet of each capture, and at last the count of all packets. */
  captureStarts: number[];
}

/** What a folder may give; files past it are left out. */
const templateSizeMaxBytes = 512 * 1_048_576;
/** Longer silences are shortened, so that a file of many captures does not span years. */
const gapMaxMicroseconds = 1_000_000;
const gapBetweenCapturesMicroseconds = 1_000;

/** Loads every capture below a folder whose packets are Ethernet or can be made so. */
export function loadTemplate(folder: string): Template {
  const builder = new TemplateBuilder();
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:p?cap|pcapng|ntar)(?:\.gz)?$/i.test(name))
    .sort();
  for (const name of names) builder.addCapture(readFileSync(join(folder, name)));
  return builder.finish();
}

/** Gathers the packets of captures. */
export class TemplateBuilder {
  readonly #pieces: Buffer[] = [];
  #sizeBytes = 0;
  readonly #template: Template = {
    bytes: Buffer.alloc(0),
    starts: [0],
    originalLengths: [],
    gaps: [],
    addressStarts: [0],
    addresses: [],
    captureStarts: [0],
  };

  /** Takes the packets of one file; a damaged one gives those before the damage, any other file none. */
  addCapture(file: Uint8Array): void {
    const { captureStarts, originalLengths } = this.#template;
    try {
      this.#addPackets(file[0] === 0x1f ? gunzipSync(file) : file);
    } catch {
      // No capture, or a broken gzip stream.
    }
    if (originalLengths.length > (captureStarts.at(-1) ?? 0))
      captureStarts.push(originalLengths.length);
  }

  finish(): Template {
    const template = this.#template;
    if (template.originalLengths.length === 0)
      throw new Error("no Ethernet or IP packet in any file");
    template.bytes = Buffer.concat(this.#pieces);
    return template;
  }

  #addPackets(file: Uint8Array): void {
    const reader = new CaptureReader();
    let before = -1;
    reader.push(file);
    while (reader.next() && this.#sizeBytes < templateSizeMaxBytes) {
      const { packet } = reader;
      const now = packet.seconds * 1e6 + Math.floor(packet.nanoseconds / 1000);
      if (!this.#addPacket(packet)) continue;
      const gap = before < 0 ? gapBetweenCapturesMicroseconds : now - before;
      this.#template.gaps.push(Math.min(Math.max(gap, 0), gapMaxMicroseconds));
      before = now;
    }
  }

  /** False for a link type that has no place in an Ethernet capture, and for a length that lies. */
  #addPacket({ bytes, offset, capturedLength, originalLength, linkType }: PacketView): boolean {
    const captured = bytes.subarray(offset, offset + Math.min(capturedLength, originalLength));
    const header = ethernetHeaderFor(captured, linkType);
    if (!header || originalLength > frameSizeMaxBytes) return false;
    const frame = Buffer.concat([header.bytes, captured.subarray(header.replacedBytes)]);
    const template = this.#template;
    const start = this.#sizeBytes;
    findAddresses(frame, 0, frame.length, (at, isIpv6) =>
      template.addresses.push((start + at) * 2 + (isIpv6 ? 1 : 0)),
    );
    this.#pieces.push(frame);
    this.#sizeBytes += frame.length;
    template.starts.push(this.#sizeBytes);
    template.addressStarts.push(template.addresses.length);
    template.originalLengths.push(originalLength - header.replacedBytes + header.bytes.length);
    return true;
  }
}
