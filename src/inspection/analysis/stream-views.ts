import type { StreamView } from "../summary/stream-digest.ts";
import type { FlowReader } from "./flow-reader.ts";

/** An answer to what came later than this before the capture's end may not be in it. */
const pendingNanoseconds = 1_000_000_000;

/** Every TCP stream in turn, as a digest takes it; the object is the same each time. */
export function* streamViews(reader: FlowReader, endElapsed: number): Generator<StreamView> {
  const view: StreamView = {
    stream: 0,
    a: 0,
    b: 0,
    bPort: 0,
    framesAToB: 0,
    framesBToA: 0,
    completeness: null,
    initialRtt: null,
    synAckRtt: null,
    firstFrame: null,
    isPending: false,
  };
  for (let stream = 0; stream < reader.tcpCount; stream++) {
    if (reader.isUnused(stream)) continue;
    const flow = reader.tcp(stream);
    view.stream = stream;
    view.a = flow.a;
    view.b = flow.b;
    view.bPort = flow.bPort;
    view.framesAToB = flow.framesAToB;
    view.framesBToA = flow.framesBToA;
    view.firstFrame = flow.firstFrame;
    view.completeness = reader.completeness(stream);
    view.initialRtt = reader.rtt(stream, "initial");
    view.synAckRtt = reader.rtt(stream, "synAck");
    view.isPending = endElapsed - reader.tcpLast(stream) < pendingNanoseconds;
    yield view;
  }
}
