import { uint16 } from "../../file/bytes.ts";
import type { Dissector, Frame } from "../frame.ts";
import { dissectRtcp } from "./rtcp.ts";

const headerSizeBytes = 12;
const flag = { padding: 0x20, extension: 0x10 };
const typeMask = 0x7f;
/** Where reports would be if they came on the same port (RFC 5761, 4). */
const reportTypes = { first: 72, last: 76 };

/** Payloads that tshark dissects, by their numbers (RFC 3551, 6) and by the names that SDP gives them. */
const staticPayloads: ReadonlyMap<number, string> = new Map([
  [4, "g723"],
  [26, "jpeg"],
  [31, "h261"],
  [32, "mpeg1"],
  [33, "mp2t"],
  [34, "rfc2190"],
]);
const namedPayloads: ReadonlyMap<string, string> = new Map([
  ["telephone-event", "rtpevent"],
  ["h264", "h264"],
  ["h265", "h265"],
  ["h263-1998", "h263P"],
  ["h263-2000", "h263P"],
  ["vp8", "vp8"],
  ["vp9", "vp9"],
  ["amr", "amr"],
  ["amr-wb", "amr"],
  ["ilbc", "ilbc"],
  ["red", "rtp_rfc2198"],
]);

/** The names of payloads by number, from the lines of a description. */
export function payloadsOf(formats: Iterable<readonly [number, string]>): Map<number, string> {
  const payloads = new Map<number, string>();
  for (const [number, name] of formats) {
    const payload = namedPayloads.get(name.toLowerCase());
    if (payload !== undefined) payloads.set(number, payload);
  }
  return payloads;
}

/** False for what shares the port with media: STUN, DTLS, ZRTP. */
export const isRtp = ({ bytes, capturedEnd }: Frame, at: number): boolean =>
  at < capturedEnd && (bytes[at] ?? 0) >> 6 === 2;

/** RFC 3550, 5.1, of media whose payloads were described. */
export function rtpOf(payloads: ReadonlyMap<number, string>): Dissector {
  return (frame, at) => {
    const type = (frame.bytes[at + 1] ?? 0) & typeMask;
    if (type >= reportTypes.first && type <= reportTypes.last) {
      dissectRtcp(frame, at);
      return;
    }
    frame.enter("rtp", at);
    const next = payloadAt(frame, at);
    const name = payloads.get(type) ?? staticPayloads.get(type);
    if (next < frame.capturedEnd && name !== undefined) frame.enter(name, next);
  };
}

/** Behind the contributing sources and the extension. */
function payloadAt({ bytes }: Frame, at: number): number {
  const first = bytes[at] ?? 0;
  const next = at + headerSizeBytes + (first & 15) * 4;
  return first & flag.extension ? next + 4 + uint16(bytes, next + 2) * 4 : next;
}
