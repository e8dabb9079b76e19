import type { Fields } from "../field.ts";

/** RFC 3550, 5.1. */
export const rtpFields: Fields = {
  "rtp.version": { type: "uint8", at: 0, mask: 0xc0, description: "version, 2" },
  "rtp.padding": { type: "boolean", at: 0, mask: 0x20, description: "has padding" },
  "rtp.ext": { type: "boolean", at: 0, mask: 0x10, description: "has an extension" },
  "rtp.cc": { type: "uint8", at: 0, mask: 0x0f, description: "contributing sources" },
  "rtp.marker": { type: "boolean", at: 1, mask: 0x80, description: "marker" },
  "rtp.p_type": { type: "uint8", at: 1, mask: 0x7f, description: "type of payload" },
  "rtp.seq": { type: "uint16", at: 2, description: "sequence number" },
  "rtp.timestamp": { type: "uint32", at: 4, description: "time of the sample" },
  "rtp.ssrc": { type: "uint32", at: 8, description: "source" },
};
