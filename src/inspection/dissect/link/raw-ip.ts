import type { Frame } from "../frame.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

/** IP without a link layer; the version field says which. */
export const rawIp: Protocol = {
  name: "raw",
  linkTypes: [12, 14, 101],
  dissect(frame: Frame, at: number): void {
    frame.enter("raw");
    if (!frame.has(at, 1)) return;
    const version = (frame.bytes[at] ?? 0) >> 4;
    if (version === 4) dissectEtherType(frame, at, 0x0800);
    else if (version === 6) dissectEtherType(frame, at, 0x86dd);
    else frame.data(at);
  },
};
