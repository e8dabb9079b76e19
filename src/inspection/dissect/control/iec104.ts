import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { pduStream, sizeUnknown } from "../transport/pdu-stream.ts";

const start = 0x68;
const controlSizeBytes = 4;
const headerSizeBytes = 2;
/** Type, number, cause and address. */
const asduHeaderSizeBytes = 6;

/** Where the next message begins: bytes between messages are passed over. */
function startOf(bytes: Uint8Array, at: number, end: number): number {
  let from = at;
  while (from < end && bytes[from] !== start) from++;
  return from;
}

function enterAsdu(frame: Frame, at: number, end: number, bytes: Uint8Array): void {
  frame.enter("iec60870_asdu", at, end, bytes);
  if (end - at < asduHeaderSizeBytes) frame.enter("_ws.malformed");
}

/** IEC 60870-5-104, 5: a start byte and a length; numbered messages (even control field) carry an ASDU. */
export const iec104: Protocol = {
  name: "iec60870_104",
  tcpPorts: [2404],
  stream: pduStream({
    name: "iec60870_104",
    headerSizeBytes,
    size: (bytes, at, end) => {
      const from = startOf(bytes, at, end);
      // Without a start byte, or without the length behind it, nothing can be said yet.
      if (from + 1 >= end) return sizeUnknown;
      return from - at + (bytes[from + 1] ?? 0) + headerSizeBytes;
    },
    enter(frame, bytes, first, end) {
      const at = startOf(bytes, first, end);
      frame.enter("iec60870_104", first, end, bytes);
      const asdu = at + headerSizeBytes + controlSizeBytes;
      if (asdu < end && ((bytes[at + headerSizeBytes] ?? 1) & 1) === 0)
        enterAsdu(frame, asdu, end, bytes);
    },
  }),
};
