import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 4;
const eapHeaderSizeBytes = 4;
const packetType = { eap: 0, key: 3, mka: 5 };

/** IEEE 802.1X, 11: a version, a type, a length. */
function dissect(frame: Frame, at: number): void {
  frame.enter("eapol", at);
  if (!frame.has(at, headerSizeBytes)) return;
  const type = frame.bytes[at + 1];
  const next = at + headerSizeBytes;
  frame.limit(next, uint16(frame.bytes, at + 2));
  if (type === packetType.eap) dissectEap(frame, next);
  else if (type === packetType.mka) frame.enter("mka", next);
}

/** RFC 3748, 4. */
export function dissectEap(frame: Frame, at: number): void {
  frame.enter("eap", at);
  frame.has(at, eapHeaderSizeBytes);
}

export const eapol: Protocol = { name: "eapol", etherTypes: [0x888e, 0x88c7], dissect };
