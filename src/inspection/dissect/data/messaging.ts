// MQTT: a type, and a length of one to four bytes with seven bits each (OASIS MQTT 3.1.1, 2.2).
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";

const lengthSizeMax = 4;

export const mqtt: Protocol = {
  name: "mqtt",
  tcpPorts: [1883],
  stream: pduStream({
    name: "mqtt",
    headerSizeBytes: 2,
    size(bytes, at, end) {
      let length = 0;
      for (let index = 0; index < lengthSizeMax; index++) {
        const byte = bytes[at + 1 + index] ?? 0;
        length += (byte & 0x7f) * 128 ** index;
        if ((byte & 0x80) === 0) return 2 + index + length;
        if (at + 2 + index >= end) return end - at + 1;
      }
      return 0;
    },
  }),
};
