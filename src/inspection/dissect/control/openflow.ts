import { uint16 } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";
import { pduStream } from "../transport/pdu-stream.ts";

const names = new Map([
  [1, "openflow_v1"],
  [4, "openflow_v4"],
  [5, "openflow_v5"],
  [6, "openflow_v6"],
]);

/** OpenFlow Switch Specification, 7.1: a version, a type and a length; other versions show that field alone. */
export const openflow: Protocol = {
  name: "openflow",
  tcpPorts: [6653],
  stream: pduStream({
    name: "openflow",
    headerSizeBytes: 8,
    size: (bytes, at) => uint16(bytes, at + 2),
    enter: (frame, bytes, at, end) =>
      frame.enter(names.get(bytes[at] ?? 0) ?? "openflow.version", at, end, bytes),
  }),
};
