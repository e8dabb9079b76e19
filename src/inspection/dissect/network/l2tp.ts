import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectFrameRelay } from "../link/frame-relay.ts";
import { dissectPpp } from "../link/ppp.ts";
import type { Protocol } from "../registry.ts";

const flag = { control: 0x8000, length: 0x4000, sequence: 0x0800, offset: 0x0200 };
const versionMask = 0x000f;
const frameRelayFirstByte = 0x08;

/** RFC 2661, 3.1: optional length, sequence numbers and padding; data messages carry PPP. */
function dissectVersion2(frame: Frame, at: number): void {
  const flags = uint16(frame.bytes, at);
  frame.enter("l2tp", at);
  if (flags & flag.control) {
    frame.has(at, 12);
    return;
  }
  let next = at + 6 + (flags & flag.length ? 2 : 0);
  if (flags & flag.length) frame.limit(at, uint16(frame.bytes, at + 2));
  if (flags & flag.sequence) next += 4;
  if (!frame.has(at, next - at)) return;
  if (flags & flag.offset) next += 2 + uint16(frame.bytes, next);
  if (next < frame.reportedEnd) dissectPpp(frame, next);
}

/** RFC 3931, 4.1: a session of 0 is a control message; what a session carries only its control messages said. */
function dissectVersion3(frame: Frame, at: number): void {
  frame.enter("l2tp", at);
  if (!frame.has(at, 4) || uint32(frame.bytes, at) === 0) return;
  const first = frame.bytes[at + 4] ?? 0;
  if (first === frameRelayFirstByte) dissectFrameRelay(frame, at + 4);
  else frame.data(at + 4);
}

export const l2tp: Protocol = {
  name: "l2tp",
  udpPorts: [1701],
  acceptsDatagram({ bytes }, at) {
    const version = uint16(bytes, at) & versionMask;
    return version === 2 || version === 3;
  },
  dissect(frame, at) {
    const flags = uint16(frame.bytes, at);
    if ((flags & versionMask) === 2) dissectVersion2(frame, at);
    else if (flags & flag.control) frame.enter("l2tp", at);
    else dissectVersion3(frame, at + 4);
  },
};

export const l2tpOverIp: Protocol = {
  name: "l2tp",
  ipProtocols: [115],
  dissect: dissectVersion3,
};
