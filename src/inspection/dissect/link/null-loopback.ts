import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const headerSizeBytes = 4;
export const internet = 2;
/** AF_INET6 of NetBSD and OpenBSD, FreeBSD, Darwin, Linux. */
export const internet6: ReadonlySet<number> = new Set([24, 28, 30, 10]);

/** BSD loopback: the address family, in the byte order of the host that recorded. */
export const nullLoopback: Protocol = {
  name: "null",
  linkTypes: [0, 108],
  dissect(frame: Frame, at: number): void {
    frame.enter("null", at);
    if (!frame.has(at, headerSizeBytes)) return;
    const { bytes } = frame;
    const big = uint32(bytes, at);
    const family = (big & 0xffff0000) === 0 ? big : ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0);
    const next = at + headerSizeBytes;
    if (family > 1_500) dissectEtherType(frame, next, uint16(bytes, at + 2));
    else if (family === internet) dissectEtherType(frame, next, 0x0800);
    else if (internet6.has(family)) dissectEtherType(frame, next, 0x86dd);
    else frame.data(next);
  },
};
