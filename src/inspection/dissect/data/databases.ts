// Database protocols: streams of messages with a length.
import { uint16, uint32, uint32In } from "../../file/bytes.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";

/** Both protocols go over to TLS in the middle of a stream: a record of a handshake or of data. */
const isClear = (bytes: Uint8Array, at: number): boolean => {
  const type = bytes[at] ?? 0;
  return type < 0x14 || type > 0x17 || uint16(bytes, at + 1) >> 8 !== 3;
};

/** Three bytes of length, little-endian, and a number; the length is of what follows. */
export const mysql: Protocol = {
  name: "mysql",
  tcpPorts: [3306],
  stream: pduStream({
    name: "mysql",
    headerSizeBytes: 4,
    accepts: isClear,
    size: (bytes, at) => (uint32In(bytes, at, true) & 0xffffff) + 4,
  }),
};

const pgsqlHeaderSizeBytes = 5;
/** The answer to a request for TLS is one letter, which is no message. */
const tlsAnswerSizeBytes = 1;

/** PostgreSQL's frontend and backend messages; the first one of a client has no type before its length. */
export const pgsql: Protocol = {
  name: "pgsql",
  tcpPorts: [5432],
  stream: pduStream({
    name: "pgsql",
    headerSizeBytes: 1,
    accepts: isClear,
    size(bytes, at, end) {
      if (end - at === tlsAnswerSizeBytes) return tlsAnswerSizeBytes;
      if (end - at < pgsqlHeaderSizeBytes) return pgsqlHeaderSizeBytes;
      return bytes[at] === 0 ? uint32(bytes, at) : uint32(bytes, at + 1) + 1;
    },
    enter(frame, _bytes, at, end) {
      if (end - at > tlsAnswerSizeBytes) frame.enter("pgsql");
    },
  }),
};

const tdsHeaderSizeBytes = 8;

/** MS-TDS, 2.2.3.1: a type, a state and the length of the packet with its header; TLS may follow the first ones. */
export const tds: Protocol = {
  name: "tds",
  tcpPorts: [1433, 2433],
  stream: pduStream({
    name: "tds",
    headerSizeBytes: tdsHeaderSizeBytes,
    accepts: isClear,
    size: (bytes, at) => uint16(bytes, at + 2),
    enter(frame, bytes, at, end) {
      if (uint16(bytes, at + 2) >= tdsHeaderSizeBytes) frame.enter("tds", at, end, bytes);
    },
  }),
};
