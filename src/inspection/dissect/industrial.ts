// Protocols of plants and machines.
import { uint16 } from "../file/bytes.ts";
import { pduStream } from "./pdu-stream.ts";
import type { Protocol } from "./registry.ts";

const modbusHeaderSizeBytes = 6;

/** MODBUS Messaging on TCP/IP, 3.1: transaction, protocol 0, length of what follows. */
export const modbus: Protocol = {
  name: "mbtcp",
  tcpPorts: [502],
  stream: pduStream({
    name: "mbtcp",
    headerSizeBytes: modbusHeaderSizeBytes,
    size: (bytes, at) => uint16(bytes, at + 4) + modbusHeaderSizeBytes,
    accepts: (bytes, at, end) => end - at >= 8 && uint16(bytes, at + 2) === 0,
    enter(frame) {
      frame.enter("mbtcp");
      frame.enter("modbus");
    },
  }),
};
