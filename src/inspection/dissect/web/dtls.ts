import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 13;
const firstContentType = 20;
const lastContentType = 25;
/** DTLS 1.0, 1.2, and what OpenSSL spoke before. */
const versions = new Set([0xfeff, 0xfefd, 0x0100]);

/** RFC 6347, 4.1: a content type, a version, and a length that the datagram has. */
function isDtls({ bytes, capturedEnd }: Frame, at: number): boolean {
  if (capturedEnd - at < headerSizeBytes) return false;
  const type = bytes[at] ?? 0;
  return type >= firstContentType && type <= lastContentType && versions.has(uint16(bytes, at + 1));
}

export const dtls: Protocol = {
  name: "dtls",
  dissect: (frame, at) => frame.enter("dtls", at),
  recognizesDatagram: isDtls,
};
