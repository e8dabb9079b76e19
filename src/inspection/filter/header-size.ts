import type { Layer } from "../dissect/frame.ts";

const etherSizeBytes = 14;
const udpSizeBytes = 8;
const ipv6SizeBytes = 40;
const vlanSizeBytes = 4;

/** What `len()` and slices see of a protocol: the header of those of the network, otherwise all bytes. */
export function headerSizeBytes({ protocol, bytes, start, end }: Layer): number {
  const size = end - start;
  switch (protocol) {
    case "eth":
      return Math.min(size, etherSizeBytes);
    case "vlan":
    case "ieee8021ad":
      return Math.min(size, vlanSizeBytes);
    case "ip":
      return Math.min(size, ((bytes[start] ?? 0) & 15) * 4);
    case "ipv6":
      return Math.min(size, ipv6SizeBytes);
    case "udp":
      return Math.min(size, udpSizeBytes);
    default:
      return size;
  }
}
