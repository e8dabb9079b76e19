import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Tpdu } from "./cotp.ts";
import { dissectSession, isSession } from "./iso-session.ts";
import { dissectT125, isT125 } from "./rdp.ts";

const s7Protocol = 0x32;
const s7HeaderSizeBytes = 10;
/** Job, acknowledgement, answer with data, user data. */
const s7Kinds = new Set([1, 2, 3, 7]);

/** What ISO transport carries, known by its first bytes. */
export function dissectIsoPayload(frame: Frame, payload: Tpdu): void {
  const { bytes, at, end } = payload;
  if (isS7(bytes, at, end)) frame.enter("s7comm", at, end, bytes);
  else if (isT125(bytes, at, end)) dissectT125(frame, payload);
  else if (isSession(bytes, at, end)) dissectSession(frame, payload);
  else frame.enter("data", at, end, bytes);
}

function isS7(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < s7HeaderSizeBytes) return false;
  return uint16(bytes, at) >> 8 === s7Protocol && s7Kinds.has(bytes[at + 1] ?? 0);
}
