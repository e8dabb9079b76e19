import type { Fields } from "../field.ts";
import type { Layer } from "../frame.ts";
import { when } from "../field-helpers.ts";

const longHeader = 0x80;

const isLong = ({ bytes, start }: Layer): boolean => ((bytes[start] ?? 0) & longHeader) !== 0;

/** RFC 9000, 17. */
export const quicFields: Fields = {
  "quic.header_form": { type: "uint8", at: 0, mask: longHeader, description: "1 is a long header" },
  "quic.version": when(isLong, { type: "uint32", at: 1, description: "version" }),
  "quic.long.packet_type": when(isLong, {
    type: "uint8",
    at: 0,
    mask: 0x30,
    description: "0 Initial, 2 Handshake",
  }),
};
