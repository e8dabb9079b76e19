import { portType } from "../../analysis/destinations.ts";
import { streamWord } from "../../analysis/tcp-row.ts";
import { newSegment, tcpFlag, type Segment } from "../../analysis/tcp-sequence.ts";
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

const segment = newSegment();

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
  ipTraffic.noteFlow(ends, portType.tcp);
  countSegment(frame, segment, stream, hasLength);
  if (headerSize < headerSizeMin || !frame.has(at, headerSizeMin)) return;
  if (segment.flags & tcpFlag.syn)
    readHandshake(frame, segment, at + headerSizeMin, at + headerSize);
  if (frame.transportOnly || !frame.has(at, headerSize)) return;
  frame.payloadListener?.segment(frame, at + headerSize, stream, segment);
  dissectSegmentPayload(frame, at + headerSize, segment);
}

/** Counts a segment of the stream that was just located, and keeps what analyses of whole frames look at. */
export function countSegment(
  frame: Frame,
  counted: Segment,
  stream: number,
  hasLength: boolean,
): void {
  const { tcpStreams } = frame.analyses;
  tcpStreams.countFrame(frame);
  tcpStreams.countTcpFlags(counted.flags);
  frame.tcpStream = stream;
  frame.tcpFlags = counted.flags;
  frame.segmentFlags = tcpStreams.add(counted, hasLength);
  frame.payloadLength = counted.length;
  if (counted.flags & tcpFlag.syn) noteServer(frame, counted);
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
function noteServer({ analyses, ends }: Frame, syn: Segment): void {
  const { rows, row } = analyses.tcpStreams.sides;
  const isSynAck = (syn.flags & tcpFlag.ack) !== 0;
  rows[row + streamWord.serverPort] = isSynAck ? ends.sourcePort : ends.destinationPort;
}

/** Reads the options of a SYN, which lie from `start` to `end`. */
export function readHandshake(frame: Frame, syn: Segment, start: number, end: number): void {
  readOptions(frame, start, end);
  frame.analyses.tcpStreams.settleScale((syn.flags & tcpFlag.ack) !== 0);
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
