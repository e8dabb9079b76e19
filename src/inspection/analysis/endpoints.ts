import type { Conversation, EndpointCount } from "../inspection.ts";
import { endpointToldMax } from "./endpoint-sums.ts";

/** What each address sent and received, most bytes first: the sums of its conversations. */
export function endpointsOf(conversations: readonly Conversation[]): EndpointCount[] {
  const found = new Map<string, EndpointCount>();
  const of = (address: string): EndpointCount => {
    const known = found.get(address);
    if (known) return known;
    const none = { packetsSent: 0, bytesSent: 0, packetsReceived: 0, bytesReceived: 0 };
    const endpoint = { address, ...none };
    found.set(address, endpoint);
    return endpoint;
  };
  for (const { a, b, framesAToB, bytesAToB, framesBToA, bytesBToA } of conversations) {
    const one = of(a);
    one.packetsSent += framesAToB;
    one.bytesSent += bytesAToB;
    one.packetsReceived += framesBToA;
    one.bytesReceived += bytesBToA;
    const other = of(b);
    other.packetsReceived += framesAToB;
    other.bytesReceived += bytesAToB;
    other.packetsSent += framesBToA;
    other.bytesSent += bytesBToA;
  }
  return Array.from(found.values())
    .toSorted(
      (one, other) => bytesOf(other) - bytesOf(one) || (one.address < other.address ? -1 : 1),
    )
    .slice(0, endpointToldMax);
}

const bytesOf = ({ bytesSent, bytesReceived }: EndpointCount): number => bytesSent + bytesReceived;
