import { uint24 } from "../../file/bytes.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 20;
const version = 1;

/** RFC 6733, 3: a version and a length. */
export const diameter: Protocol = {
  name: "diameter",
  tcpPorts: [3868],
  stream: pduStream({
    name: "diameter",
    headerSizeBytes,
    size: (bytes, at) => uint24(bytes, at + 1),
    accepts: (bytes, at) => bytes[at] === version,
  }),
};
