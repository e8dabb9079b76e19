import type { Frame } from "../frame.ts";
import { dissectEtherType } from "../registry.ts";

/** Network layer protocol identifiers (ISO/IEC TR 9577). */
const nlpid = { clnp: 0x81, endSystem: 0x82, interiorRouting: 0x83, ipv6: 0x8e, ip: 0xcc };
/** ISO 10589, 9: types of IS-IS packets. */
const isisTypes = new Map([
  [15, "isis.hello"],
  [16, "isis.hello"],
  [17, "isis.hello"],
  [18, "isis.lsp"],
  [20, "isis.lsp"],
  [24, "isis.csnp"],
  [25, "isis.csnp"],
  [26, "isis.psnp"],
  [27, "isis.psnp"],
]);

/** What begins with its own identifier: OSI's network layer keeps it as its first byte, IP does not. */
export function dissectNlpid(frame: Frame, at: number): void {
  if (!frame.has(at, 1)) return;
  switch (frame.bytes[at] ?? 0) {
    case nlpid.interiorRouting:
      dissectIsis(frame, at);
      return;
    case nlpid.endSystem:
      frame.enter("esis", at);
      return;
    case nlpid.clnp:
      dissectClnp(frame, at);
      return;
    case nlpid.ip:
      dissectEtherType(frame, at + 1, 0x0800);
      return;
    case nlpid.ipv6:
      dissectEtherType(frame, at + 1, 0x86dd);
      return;
    default:
      frame.data(at);
  }
}

function dissectIsis(frame: Frame, at: number): void {
  frame.enter("isis", at);
  if (!frame.has(at, 5)) return;
  const type = isisTypes.get((frame.bytes[at + 4] ?? 0) & 0x1f);
  if (type !== undefined) frame.enter(type, at);
}

/** ISO 8473: a length, and an error report or data of the transport above. */
function dissectClnp(frame: Frame, at: number): void {
  frame.enter("clnp", at);
  if (frame.has(at, 2)) frame.data(at + (frame.bytes[at + 1] ?? 0));
}
