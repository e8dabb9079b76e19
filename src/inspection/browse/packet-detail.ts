// A packet's layers with their fields, and the bytes that they were read from.
import { InspectionError } from "../inspection-error.ts";
import type { Layer } from "../dissect/frame.ts";
import { headerSizeBytes } from "../filter/header-size.ts";
import type { Subject } from "../filter/subject.ts";
import { base64 } from "./base64.ts";
import { fieldNodes } from "./layer-fields.ts";
import { layerTitle } from "./layer-titles.ts";
import type { BookParts } from "./open-book.ts";
import type { ByteRange, LayerNode, PacketDetail } from "./packet-book.ts";
import { replay } from "./replay.ts";
import { readRows } from "./rows.ts";

/** Bytes of one part that are shown; of larger ones the beginning. */
const dataSizeBytesMax = 1_048_576;
/** Parts that are shown besides the frame. */
const dataCountMax = 16;
/** Fields of one packet. */
const fieldCountMax = 4_000;

/** Everything that is known of the packet numbered `number`, from 1. */
export async function packetDetail(
  parts: BookParts,
  number: number,
  signal?: AbortSignal,
): Promise<PacketDetail> {
  parts.failure();
  const { index } = parts;
  const place = number - 1;
  const [row] =
    index.packetCount > place && place >= 0 ? await readRows(parts, [place], signal) : [];
  if (!row)
    throw new InspectionError(
      "PacketNotFound",
      `there is no packet ${number}: the file has ${index.packetCount}${index.isComplete ? "" : " so far"}`,
    );
  const wanted = { place, protocol: row.protocol };
  const shown = await parts.hush(() => replay(parts, wanted, describePacket, signal));
  if (!shown) throw new InspectionError("PacketNotFound", `packet ${number} cannot be read`);
  return { row, ...shown };
}

function describePacket(subject: Subject): Omit<PacketDetail, "row"> {
  const { packet } = subject;
  const parts = new DataParts(layersOf(subject));
  const layers: LayerNode[] = [];
  let room = fieldCountMax;
  for (const layer of layersOf(subject)) {
    const fields = fieldNodes(subject, layer, {
      rangeOf: (start, end) => parts.rangeOf(layer, start, end),
      countMax: room,
    });
    room -= fields.length;
    const { protocol } = layer;
    layers.push({
      protocol,
      title: layerTitle(subject, layer),
      range: parts.rangeOfLayer(layer),
      fields,
    });
  }
  return {
    layers,
    data: parts.told(),
    missingBytes: Math.max(0, packet.wireLength - packet.capturedLength),
  };
}

/** From the outside in; those that an ICMP error quotes last. */
function layersOf({ frame, packet }: Subject): Layer[] {
  return [
    packet,
    ...frame.layers.slice(0, frame.depth),
    ...frame.quoted.slice(0, frame.quotedDepth),
  ];
}

interface DataPart {
  name: string;
  bytes: Uint8Array;
  /** What layers use of it. */
  start: number;
  end: number;
}

/** The frame, and what was put together from it and others. */
class DataParts {
  readonly #parts: DataPart[] = [];

  constructor([packet, ...layers]: readonly Layer[]) {
    if (packet) this.#add(packet, "Frame");
    for (const layer of layers) if (layer.start >= 0) this.#take(layer);
  }

  rangeOfLayer(layer: Layer): ByteRange | null {
    if (layer.start < 0) return null;
    const size = layer.protocol === "tcp" ? tcpHeaderSize(layer) : headerSizeBytes(layer);
    return this.rangeOf(layer, layer.start, layer.start + Math.max(0, size));
  }

  /** Null where the bytes are not shown. */
  rangeOf({ bytes }: Layer, start: number, end: number): ByteRange | null {
    const data = this.#parts.findIndex((part) => part.bytes === bytes);
    const part = this.#parts[data];
    if (!part || start < part.start || end > part.end || end <= start) return null;
    const shownEnd = part.start + dataSizeBytesMax;
    if (start >= shownEnd) return null;
    return { data, start: start - part.start, end: Math.min(end, shownEnd) - part.start };
  }

  told(): PacketDetail["data"] {
    return this.#parts.map(({ name, bytes, start, end }) => {
      const size = Math.min(end - start, dataSizeBytesMax);
      const cut = size < end - start ? `, the first ${size} shown` : "";
      const shown = bytes.subarray(start, start + size);
      return { name: `${name} (${end - start} bytes${cut})`, base64: base64(shown) };
    });
  }

  #take(layer: Layer): void {
    const { bytes, start, end } = layer;
    const index = this.#parts.findIndex((part) => part.bytes === bytes);
    const part = this.#parts[index];
    // The frame is all of the packet from the beginning; what lies around it in the file is none of it.
    if (index === 0) return;
    if (!part) return this.#add(layer, `Put together for ${layer.protocol}`);
    part.start = Math.min(part.start, start);
    part.end = Math.max(part.end, end);
  }

  #add({ bytes, start, end }: Layer, name: string): void {
    if (this.#parts.length <= dataCountMax) this.#parts.push({ name, bytes, start, end });
  }
}

function tcpHeaderSize({ bytes, start, end }: Layer): number {
  return Math.min(end - start, ((bytes[start + 12] ?? 0) >> 4) * 4);
}
