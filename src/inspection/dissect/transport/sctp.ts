import { portType } from "../../analysis/destinations.ts";
import { uint16, uint32 } from "../../file/bytes.ts";
import type { Dissector, Frame } from "../frame.ts";
import { dissectM2pa, dissectM2ua, dissectM3ua } from "../voice/signalling.ts";
import { sctpPayloadNames, sctpPortNames } from "./sctp-payloads.ts";
import type { Protocol } from "../registry.ts";

const portsSizeBytes = 4;
const headerSizeBytes = 12;
const chunkHeaderSizeBytes = 4;
const chunkCountMax = 256;
const dataChunk = 0;
const dataHeaderSizeBytes = 16;
const interleavedChunk = 64;
const interleavedHeaderSizeBytes = 20;
const wholeMessage = 3;
const signalling: ReadonlyMap<string, Dissector> = new Map([
  ["m2pa", dissectM2pa],
  ["m2ua", dissectM2ua],
  ["m3ua", dissectM3ua],
]);

/** RFC 9260, 3: ports, then chunks; those with a whole user message show what is in it. */
function dissect(frame: Frame, at: number): void {
  const { bytes, ends } = frame;
  if (at + portsSizeBytes <= frame.capturedEnd) {
    ends.sourcePort = uint16(bytes, at);
    ends.destinationPort = uint16(bytes, at + 2);
    frame.portType = portType.sctp;
  }
  if (!frame.has(at, headerSizeBytes)) return;
  frame.enter("sctp", at);
  const { capturedEnd, reportedEnd } = frame;
  let next = at + headerSizeBytes;
  let depth = frame.depth;
  for (
    let count = 0;
    count < chunkCountMax && next + chunkHeaderSizeBytes <= capturedEnd;
    count++
  ) {
    const size = uint16(bytes, next + 2);
    if (size < chunkHeaderSizeBytes) return;
    // What follows a chunk with a payload is shown below it, under SCTP again.
    if (frame.depth > depth) frame.enter("sctp", next);
    depth = frame.depth;
    frame.limit(next, size);
    dissectChunk(frame, next);
    frame.capturedEnd = capturedEnd;
    frame.reportedEnd = reportedEnd;
    next += (size + 3) & ~3;
  }
}

function dissectChunk(frame: Frame, at: number): void {
  const type = frame.bytes[at];
  if (type !== dataChunk && type !== interleavedChunk) return;
  const size = type === dataChunk ? dataHeaderSizeBytes : interleavedHeaderSizeBytes;
  if (frame.inError || at + size >= frame.capturedEnd) return;
  if (((frame.bytes[at + 1] ?? 0) & wholeMessage) !== wholeMessage) return;
  dissectorOf(frame, uint32(frame.bytes, at + 12))(frame, at + size);
}

/** The payload's identifier first, then the ports. */
function dissectorOf({ ends }: Frame, payload: number): Dissector {
  const { sourcePort, destinationPort } = ends;
  const name =
    sctpPayloadNames.get(payload) ??
    sctpPortNames.get(Math.min(sourcePort, destinationPort)) ??
    sctpPortNames.get(Math.max(sourcePort, destinationPort));
  const dissectSignalling = signalling.get(name ?? "");
  if (dissectSignalling) return dissectSignalling;
  return (frame, at) => (name === undefined ? frame.data(at) : frame.enter(name, at));
}

export const sctp: Protocol = {
  name: "sctp",
  ipProtocols: [132],
  udpPorts: [9899],
  linkTypes: [248],
  dissect,
};
