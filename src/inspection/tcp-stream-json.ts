import type { Analyses } from "./analysis/analyses.ts";
import { endpointsOf } from "./analysis/flow-ends.ts";
import { bytesAt } from "./analysis/flow-table.ts";
import { sideA, sideB, sideWord } from "./analysis/tcp-row.ts";

/**
 * The members of `tcpStreams` as JSON, one at a time: the same as JSON.stringify of each stream, at a third
 * of its cost, which for a million streams is seconds. Times and names need no escapes.
 */
export function* tcpStreamsJson({ tcpStreams, traffic, addresses }: Analyses): Generator<string> {
  const { flows } = tcpStreams;
  for (let stream = 0; stream < tcpStreams.count; stream++) {
    const { initialRtt, synAckRtt } = tcpStreams.roundTrips(stream);
    const { firstFrame, firstTime, lastTime, duration, protocol } = traffic.timesOf(stream);
    flows.select(stream);
    const { rows, row } = flows;
    const { a, b } = endpointsOf(rows, row, addresses);
    const fromA = row + sideA + sideWord.counts;
    const fromB = row + sideB + sideWord.counts;
    yield (
      `{"stream":${stream},"a":{"address":"${a.address}","port":${a.port}},"b":{"address":"${b.address}","port":${b.port}},` +
        `"framesAToB":${rows[fromA] ?? 0},"bytesAToB":${bytesAt(rows, fromA)},"framesBToA":${rows[fromB] ?? 0},"bytesBToA":${bytesAt(rows, fromB)},` +
        `"initialRtt":${quoted(initialRtt)},"synAckRtt":${quoted(synAckRtt)},"firstFrame":${firstFrame},` +
        `"firstTime":"${firstTime}","lastTime":"${lastTime}","duration":"${duration}","protocol":${quoted(protocol)}}`
    );
  }
}

const quoted = (text: string | null): string => (text === null ? "null" : `"${text}"`);
