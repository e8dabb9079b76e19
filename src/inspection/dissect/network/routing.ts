import { uint16 } from "../../file/bytes.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";

const bgpHeaderSizeBytes = 19;
const bgpMarkerSizeBytes = 16;

/** RFC 4271, 4.1: sixteen bytes of ones, a length, a type. */
export const bgp: Protocol = {
  name: "bgp",
  tcpPorts: [179],
  stream: pduStream({
    name: "bgp",
    headerSizeBytes: bgpHeaderSizeBytes,
    size: (bytes, at) => uint16(bytes, at + bgpMarkerSizeBytes),
    accepts(bytes, at, end) {
      const marker = bytes.subarray(at, Math.min(end, at + bgpMarkerSizeBytes));
      return marker.every((byte) => byte === 0xff);
    },
  }),
};
