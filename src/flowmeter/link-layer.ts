import { networkUint16 } from "./netlink/bytes.ts";

/** Numbers of tcpdump.org/linktypes.html. */
const ethernet = 1;
const cookedLinux = 113;
const cookedLinux2 = 276;
/** Raw IP under its several numbers. */
const rawIp: ReadonlySet<number> = new Set([12, 14, 101, 228, 229]);

const vlanTypes: ReadonlySet<number> = new Set([0x8100, 0x88a8]);
const ipTypes: ReadonlySet<number> = new Set([0x0800, 0x86dd]);
const vlanTagSizeBytes = 4;
const vlanTagCountMax = 2;

/** Where the IP header of a frame begins, or -1 when it holds none. */
export function ipHeaderAt(
  bytes: Uint8Array,
  { offset, linkType }: { offset: number; linkType: number },
): number {
  if (linkType === ethernet) return afterEtherType(bytes, offset + 12);
  if (linkType === cookedLinux) return afterEtherType(bytes, offset + 14);
  if (linkType === cookedLinux2) return afterProtocol(bytes, offset, 20);
  return rawIp.has(linkType) ? offset : -1;
}

function afterEtherType(bytes: Uint8Array, typeAt: number): number {
  let at = typeAt;
  for (let tags = 0; tags < vlanTagCountMax && vlanTypes.has(networkUint16(bytes, at)); tags++)
    at += vlanTagSizeBytes;
  return ipTypes.has(networkUint16(bytes, at)) ? at + 2 : -1;
}

/** The second cooked header has the type first. */
const afterProtocol = (bytes: Uint8Array, at: number, headerSizeBytes: number): number =>
  ipTypes.has(networkUint16(bytes, at)) ? at + headerSizeBytes : -1;
