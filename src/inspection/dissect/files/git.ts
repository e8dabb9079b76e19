import type { Protocol } from "../registry.ts";
import { hexDigit } from "../text.ts";
import { pduStream } from "../transport/pdu-stream.ts";

const lengthSizeBytes = 4;

/** gitprotocol-common: lines with their length, itself included, in four hexadecimal digits; 0 to 2 stand alone. */
export const git: Protocol = {
  name: "git",
  tcpPorts: [9418],
  stream: pduStream({
    name: "git",
    headerSizeBytes: lengthSizeBytes,
    size(bytes, at) {
      let length = 0;
      for (let index = at; index < at + lengthSizeBytes; index++)
        length = length * 16 + Math.max(0, hexDigit(bytes[index] ?? 0));
      return Math.max(length, lengthSizeBytes);
    },
  }),
};
