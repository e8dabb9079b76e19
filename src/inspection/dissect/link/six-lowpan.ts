import type { Frame } from "../frame.ts";
import { dissectEtherType, dissectIpProtocol } from "../registry.ts";

const dispatch = { ipv6: 0x41, headerCompression: 0x60, fragment: 0xc0, mesh: 0x80 };

/** RFC 4944, 5.1: the first bits tell what it is. */
export function isSixLowpan({ bytes, capturedEnd }: Frame, at: number): boolean {
  if (at >= capturedEnd) return false;
  const first = bytes[at] ?? 0;
  return (
    first === dispatch.ipv6 ||
    (first & 0xe0) === dispatch.headerCompression ||
    (first & 0xd8) === dispatch.fragment ||
    ((first & 0xc0) === dispatch.mesh && (first & 0x0f) > 0)
  );
}

/** RFC 4944 and RFC 6282; addresses left out are not put back, so that the packet counts by its protocol only. */
export function dissectSixLowpan(frame: Frame, at: number): void {
  frame.enter("6lowpan", at);
  const first = frame.bytes[at] ?? 0;
  if (first === dispatch.ipv6) dissectEtherType(frame, at + 1, 0x86dd);
  else if ((first & 0xe0) === dispatch.headerCompression) dissectCompressed(frame, at);
  else frame.data(at + 4);
}

/** RFC 6282, 3.1: what each bit of the base leaves out. */
function dissectCompressed(frame: Frame, at: number): void {
  if (!frame.has(at, 2)) return;
  const { bytes } = frame;
  const one = bytes[at] ?? 0;
  const two = bytes[at + 1] ?? 0;
  let next = at + 2 + (two & 0x80 ? 1 : 0);
  next += [4, 3, 1, 0][(one >> 3) & 3] ?? 0;
  const nextHeader = one & 4 ? -1 : (bytes[next++] ?? 0);
  if ((one & 3) === 0) next++;
  next += sourceSize(two) + destinationSize(two);
  frame.enter("ipv6", at);
  if (next >= frame.reportedEnd || !frame.has(at, next - at)) return;
  if (nextHeader >= 0) dissectIpProtocol(frame, next, nextHeader);
  else dissectCompressedUdp(frame, next);
}

function sourceSize(two: number): number {
  return [16, 8, 2, 0][(two >> 4) & 3] ?? 0;
}

function destinationSize(two: number): number {
  const mode = two & 3;
  if (two & 8) return two & 4 ? 6 : ([16, 6, 4, 1][mode] ?? 0);
  return [16, 8, 2, 0][mode] ?? 0;
}

/** RFC 6282, 4.3: of the compressed headers, UDP's. */
function dissectCompressedUdp(frame: Frame, at: number): void {
  const first = frame.bytes[at] ?? 0;
  if ((first & 0xf8) === 0xf0) frame.enter("udp", at);
  else if (frame.capturedEnd >= frame.reportedEnd) frame.data(at);
}
