import { uint32 } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";
import { pduStream } from "../transport/pdu-stream.ts";

const headerSizeBytes = 9;

const versionOf = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) & 0x7f;

/** Cassandra's native protocol, 2: a version, and a length at the end of the header. Versions 3 and 4 are known. */
export const cql: Protocol = {
  name: "cql",
  tcpPorts: [9042],
  stream: pduStream({
    name: "cql",
    headerSizeBytes,
    accepts: (bytes, at) => versionOf(bytes, at) === 3 || versionOf(bytes, at) === 4,
    size: (bytes, at) => uint32(bytes, at + 5) + headerSizeBytes,
  }),
};
