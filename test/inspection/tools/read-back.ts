// What a capture says, packet by packet, to compare captures with.
import {
  commentsOf,
  interfaceOption,
  optionText,
  readOptions,
} from "../../../src/inspection/file/pcapng-interface.ts";
import { CaptureReader } from "../../../src/inspection/file/capture-reader.ts";
import { toNanoseconds } from "../../../src/inspection/file/time.ts";

export interface ReadPacket {
  time: bigint;
  interfaceName: string | null;
  linkType: number;
  originalLength: number;
  data: string;
  comments: string[];
}

export interface ReadCapture {
  packets: ReadPacket[];
  reader: CaptureReader;
}

/** Reads a whole capture; it must have no problem. */
export function readBack(file: Uint8Array): ReadCapture {
  const reader = new CaptureReader();
  const packets: ReadPacket[] = [];
  reader.push(file);
  while (reader.next()) packets.push(packetOf(reader));
  reader.end();
  if (reader.problem) throw new Error(reader.problem.reason);
  return { packets, reader };
}

function packetOf({ packet, interfaces }: CaptureReader): ReadPacket {
  const { bytes, offset, capturedLength, optionsOffset, optionsLength, littleEndian } = packet;
  const optionsEnd = optionsOffset + optionsLength;
  const name = interfaces[packet.interfaceIndex]?.options.find(
    ({ code }) => code === interfaceOption.name,
  );
  return {
    time: toNanoseconds(packet),
    interfaceName: name ? optionText(name.value) : null,
    linkType: packet.linkType,
    originalLength: packet.originalLength,
    data: Buffer.from(bytes.subarray(offset, offset + capturedLength)).toString("hex"),
    comments: commentsOf(readOptions(bytes, optionsOffset, optionsEnd, littleEndian)),
  };
}

/** All bytes of a generator, and what it returns. */
export async function collected<Result>(
  chunks: AsyncGenerator<Uint8Array, Result>,
): Promise<{ file: Uint8Array; result: Result }> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const next = await chunks.next();
    if (next.done === true)
      return { file: new Uint8Array(Buffer.concat(parts)), result: next.value };
    parts.push(next.value);
  }
}
