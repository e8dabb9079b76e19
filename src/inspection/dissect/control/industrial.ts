// Protocols of plants and machines.
import { uint16 } from "../../file/bytes.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";

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

const dnp3HeaderSizeBytes = 10;
const dnp3BlockSizeBytes = 16;
const dnp3Start = 0x0564;

/** IEEE 1815, 9.2: a header with its check, then blocks of sixteen bytes, each with a check of two. */
export const dnp3: Protocol = {
  name: "dnp3",
  tcpPorts: [20_000],
  udpPorts: [20_000],
  acceptsDatagram: ({ bytes }, at) => uint16(bytes, at) === dnp3Start,
  dissect: (frame, at) => frame.enter("dnp3", at),
  stream: pduStream({
    name: "dnp3",
    headerSizeBytes: dnp3HeaderSizeBytes,
    size(bytes, at) {
      const userBytes = Math.max(0, (bytes[at + 2] ?? 0) - 5);
      return dnp3HeaderSizeBytes + userBytes + 2 * Math.ceil(userBytes / dnp3BlockSizeBytes);
    },
    accepts: (bytes, at) => uint16(bytes, at) === dnp3Start,
  }),
};
