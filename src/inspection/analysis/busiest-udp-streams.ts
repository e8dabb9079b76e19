import type { UdpStreamSummary } from "../inspection.ts";
import type { Analyses } from "./analyses.ts";
import { TopList } from "./top-list.ts";

const toldMax = 1_000;

/** The UDP streams with most bytes, greatest first. */
export function busiestUdpStreams({
  udpStreams,
  traffic,
  addresses,
}: Analyses): UdpStreamSummary[] {
  const busiest = new TopList<number>(toldMax);
  for (let stream = 0; stream < udpStreams.count; stream++)
    busiest.offer(udpStreams.totalBytes(stream), () => stream);
  const times = traffic.udpTimes;
  return busiest.result().map((stream): UdpStreamSummary => {
    const found = udpStreams.get(stream, addresses);
    const { a, aPort, b, bPort } = found;
    return {
      stream,
      a: { address: addresses.text(a), port: aPort },
      b: { address: addresses.text(b), port: bPort },
      framesAToB: found.framesAToB,
      bytesAToB: found.bytesAToB,
      framesBToA: found.framesBToA,
      bytesBToA: found.bytesBToA,
      firstFrame: times.firstFrame(stream),
      firstTime: traffic.timeText(times.first(stream)),
      lastTime: traffic.timeText(times.last(stream)),
      duration: String(Math.round(times.last(stream) - times.first(stream))),
      protocol: traffic.protocols.name(times.protocol(stream)),
    };
  });
}
