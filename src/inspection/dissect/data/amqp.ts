import { uint32 } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";
import { isExactTextAt } from "../text.ts";
import { pduStream } from "../transport/pdu-stream.ts";

const protocolHeaderSizeBytes = 8;
/** Type, channel, length and the byte at the end. */
const frameSizeBytes = 8;
const heartbeatType = 8;
const typeMax = 4;

/**
 * AMQP 0-9-1, 4.2.3: a frame has a type and a length behind its channel. AMQP 1.0, 2.3.1: the length comes
 * first, and is no number of a type in the first byte unless a message has 16 MB.
 */
export const amqp: Protocol = {
  name: "amqp",
  tcpPorts: [5672],
  stream: pduStream({
    name: "amqp",
    headerSizeBytes: frameSizeBytes,
    size(bytes, at, end) {
      if (isExactTextAt(bytes, at, end, "AMQP")) return protocolHeaderSizeBytes;
      const type = bytes[at] ?? 0;
      const isOld = (type >= 1 && type <= typeMax) || type === heartbeatType;
      return isOld ? uint32(bytes, at + 3) + frameSizeBytes : uint32(bytes, at);
    },
  }),
};
