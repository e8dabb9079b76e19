import { portType } from "../../analysis/destinations.ts";
import { streamWord } from "../../analysis/tcp-row.ts";
import { tcpFlag, type Segment } from "../../analysis/tcp-sequence.ts";
import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { tcpFields } from "./tcp-fields.ts";
import { dissectSegmentPayload } from "./tcp-payload.ts";

const headerSizeMin = 20;
const optionEnd = 0;
const optionNoOperation = 1;
const optionWindowScale = 3;
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
  const { ends, bytes } = frame;
  ends.sourcePort = uint16(bytes, at);
  ends.destinationPort = uint16(bytes, at + 2);
  frame.portType = portType.tcp;
  if (!frame.has(at, 16)) return;
  const { tcpStreams, ipTraffic } = frame.analyses;
  const headerSize = readHeader(frame, at);
  const stream = tcpStreams.locate(ends, segment, frame);
  if (stream < 0) return;
  if (frame.detailed) frame.noteStream(stream);
  const hasLength = !frame.inError && !frame.fragmented && frame.reportedEnd - at >= headerSize;
  segment.length = hasLength ? frame.reportedEnd - at - headerSize : 0;
  if (frame.inError) return;
  tcpStreams.countFrame(frame);
  ipTraffic.noteFlow(ends, portType.tcp);
  tcpStreams.countTcpFlags(segment.flags);
  const flags = tcpStreams.add(segment, hasLength);
  noteSegment(frame, stream, flags);
  if (segment.flags & tcpFlag.syn) noteServer(frame);
  if (headerSize < headerSizeMin || !frame.has(at, headerSizeMin)) return;
  if (segment.flags & tcpFlag.syn) {
    readOptions(frame, at + headerSizeMin, at + headerSize);
    tcpStreams.settleScale((segment.flags & tcpFlag.ack) !== 0);
  }
  if (frame.transportOnly || !frame.has(at, headerSize)) return;
  frame.payloadListener?.segment(frame, at + headerSize, stream, segment);
  dissectSegmentPayload(frame, at + headerSize, segment);
}

/** For the analyses that look at the whole frame after it is dissected. */
function noteSegment(frame: Frame, stream: number, flags: number): void {
  frame.tcpStream = stream;
  frame.tcpFlags = segment.flags;
  frame.segmentFlags = flags;
  frame.payloadLength = segment.length;
}

function readHeader({ bytes, seconds, nanoseconds }: Frame, at: number): number {
  segment.sequence = uint32(bytes, at + 4) | 0;
  segment.ack = uint32(bytes, at + 8) | 0;
  segment.flags = bytes[at + 13] ?? 0;
  segment.window = uint16(bytes, at + 14);
  segment.seconds = seconds;
  segment.nanoseconds = nanoseconds;
  return ((bytes[at + 12] ?? 0) >> 4) * 4;
}

/** The side that is asked to connect is the server; its port is looked at first. */
function noteServer({ analyses, ends }: Frame): void {
  const { rows, row } = analyses.tcpStreams.sides;
  const isSynAck = (segment.flags & tcpFlag.ack) !== 0;
  rows[row + streamWord.serverPort] = isSynAck ? ends.sourcePort : ends.destinationPort;
}

function readOptions({ bytes, capturedEnd, analyses }: Frame, start: number, end: number): void {
  const last = Math.min(end, capturedEnd);
  for (let at = start; at < last;) {
    const kind = bytes[at] ?? 0;
    if (kind === optionEnd) return;
    if (kind === optionNoOperation) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > last) return;
    if (kind === optionWindowScale && length === 3)
      analyses.tcpStreams.offerScale(Math.min(bytes[at + 2] ?? 0, windowScaleMax));
    at += length;
  }
}

export const tcp: Protocol = { name: "tcp", ipProtocols: [6], dissect, fields: tcpFields };
