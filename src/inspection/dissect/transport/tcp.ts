import { portType } from "../../analysis/destinations.ts";
import type { TcpStreamState } from "../../analysis/tcp-flow.ts";
import { tcpFlag, type Segment } from "../../analysis/tcp-sequence.ts";
import { directionFrom, verifyWindowScaling } from "../../analysis/tcp-streams.ts";
import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { dissectSegmentPayload } from "./tcp-payload.ts";

const headerSizeMin = 20;
const optionEnd = 0;
const optionNoOperation = 1;
const optionWindowScale = 3;
const optionMultipath = 30;
const windowScaleMax = 14;

const segment: Segment = {
  sequence: 0,
  ack: 0,
  length: 0,
  flags: 0,
  window: 0,
  seconds: 0,
  nanoseconds: 0,
};

/** RFC 9293. */
function dissect(frame: Frame, at: number): void {
  frame.enter("tcp", at);
  if (!frame.has(at, 4)) return;
  frame.ends.sourcePort = uint16(frame.bytes, at);
  frame.ends.destinationPort = uint16(frame.bytes, at + 2);
  frame.portType = portType.tcp;
  if (!frame.has(at, 16)) return;
  const { tcpStreams } = frame.analyses;
  const headerSize = readHeader(frame, at);
  const stream = tcpStreams.findForSegment(frame.ends, segment);
  if (!stream) return;
  const hasLength = !frame.inError && !frame.fragmented && frame.reportedEnd - at >= headerSize;
  segment.length = hasLength ? frame.reportedEnd - at - headerSize : 0;
  if (frame.inError) return;
  tcpStreams.countFrame(stream, frame.ends, frame.wireLength);
  tcpStreams.countTcpFlags(segment.flags);
  const flags = tcpStreams.add(stream, frame.ends, segment, hasLength);
  noteSegment(frame, stream.number, flags);
  if (headerSize < headerSizeMin || !frame.has(at, headerSizeMin)) return;
  readOptions(frame, stream, at + headerSizeMin, at + headerSize);
  if (segment.flags & tcpFlag.syn)
    verifyWindowScaling(stream, frame.ends, (segment.flags & tcpFlag.ack) !== 0);
  if (!frame.has(at, headerSize)) return;
  frame.payloadListener?.segment(frame, at + headerSize, stream.number, segment);
  dissectSegmentPayload(frame, at + headerSize, stream, { segment, flags });
}

/** For the analyses that look at the whole frame after it is dissected. */
function noteSegment(frame: Frame, stream: number, flags: number): void {
  frame.tcpStream = stream;
  frame.tcpFlags = segment.flags;
  frame.segmentFlags = flags;
  frame.payloadLength = segment.length;
}

function readHeader(frame: Frame, at: number): number {
  const { bytes } = frame;
  segment.sequence = uint32(bytes, at + 4);
  segment.ack = uint32(bytes, at + 8);
  segment.flags = bytes[at + 13] ?? 0;
  segment.window = uint16(bytes, at + 14);
  segment.seconds = frame.seconds;
  segment.nanoseconds = frame.nanoseconds;
  return ((bytes[at + 12] ?? 0) >> 4) * 4;
}

function readOptions(frame: Frame, stream: TcpStreamState, start: number, end: number): void {
  const { bytes } = frame;
  const last = Math.min(end, frame.capturedEnd);
  for (let at = start; at < last;) {
    const kind = bytes[at] ?? 0;
    if (kind === optionEnd) return;
    if (kind === optionNoOperation) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > last) return;
    if (kind === optionWindowScale && length === 3 && segment.flags & tcpFlag.syn)
      directionFrom(stream, frame.ends).windowScale = Math.min(bytes[at + 2] ?? 0, windowScaleMax);
    if (kind === optionMultipath) stream.mptcp = true;
    at += length;
  }
}

export const tcp: Protocol = { name: "tcp", ipProtocols: [6], dissect };
