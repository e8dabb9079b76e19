// MQTT: a type, and a length of one to four bytes with seven bits each (OASIS MQTT 3.1.1, 2.2).
import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";
import { isExactTextAt } from "../text.ts";

const lengthSizeMax = 4;
const packetType = { connect: 1, publish: 3, subscribe: 8, unsubscribe: 10 } as const;
/** Types that begin with two bytes, of which nothing more is read. */
const shortTypes: ReadonlySet<number> = new Set([2, 4, 5, 6, 7, 9, 11]);
const version5 = 5;
const topicCountMax = 10_000;
const connectFlag = { will: 0x04, password: 0x40, user: 0x80 } as const;

/** After the string at `at`, -1 when it is not all there or `at` is -1 already. */
function stringEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at < 0 || at + 2 > end) return -1;
  const next = at + 2 + uint16(bytes, at);
  return next <= end ? next : -1;
}

/** True when a message has what its type asks for. Properties of version 5 are not looked at. */
function isWhole(bytes: Uint8Array, first: number, start: number, end: number): boolean {
  const type = first >> 4;
  if (type === packetType.connect) return isWholeConnect(bytes, start, end);
  if (type === packetType.publish) {
    const topic = stringEnd(bytes, start, end);
    return topic >= 0 && ((first & 6) === 0 || topic + 2 <= end);
  }
  if (type === packetType.subscribe || type === packetType.unsubscribe)
    return start + 2 <= end && hasTopics(bytes, start + 2, end, type === packetType.subscribe);
  return !shortTypes.has(type) || start + 2 <= end;
}

function isWholeConnect(bytes: Uint8Array, start: number, end: number): boolean {
  const name = stringEnd(bytes, start, end);
  if (name < 0 || name + 4 > end) return false;
  if (bytes[name] === version5) return true;
  const flags = bytes[name + 1] ?? 0;
  let at = stringEnd(bytes, name + 4, end);
  if (flags & connectFlag.will) at = stringEnd(bytes, stringEnd(bytes, at, end), end);
  if (flags & connectFlag.user) at = stringEnd(bytes, at, end);
  if (flags & connectFlag.password) at = stringEnd(bytes, at, end);
  return at >= 0;
}

/** Topics up to the end. Where the properties of version 5 come first, nothing is asked. */
function hasTopics(bytes: Uint8Array, start: number, end: number, hasQuality: boolean): boolean {
  let at = start;
  for (let count = 0; at >= 0 && at < end && count < topicCountMax; count++) {
    const isTopic = bytes[at] === 0 && bytes[at + 1] !== 0;
    if (count === 0 && !isTopic) return true;
    at = stringEnd(bytes, at, end);
    if (hasQuality && at >= 0) at = at < end ? at + 1 : -1;
  }
  return at >= 0;
}

function enter(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  frame.enter("mqtt", at, end, bytes);
  let start = at + 1;
  while (start < Math.min(end, at + 1 + lengthSizeMax) && (bytes[start] ?? 0) & 0x80) start++;
  start++;
  const first = bytes[at] ?? 0;
  if (!isWhole(bytes, first, start, end)) frame.enter("_ws.malformed");
  else if (first >> 4 === packetType.publish && isExactTextAt(bytes, start + 2, end, "spBv1.0/"))
    frame.enter("sparkplugb", stringEnd(bytes, start, end), end, bytes);
}

export const mqtt: Protocol = {
  name: "mqtt",
  tcpPorts: [1883],
  stream: pduStream({
    name: "mqtt",
    headerSizeBytes: 2,
    enter,
    size(bytes, at, end) {
      let length = 0;
      for (let index = 0; index < lengthSizeMax; index++) {
        const byte = bytes[at + 1 + index] ?? 0;
        length += (byte & 0x7f) * 128 ** index;
        if ((byte & 0x80) === 0) return 2 + index + length;
        if (at + 2 + index >= end) return end - at + 1;
      }
      return 0;
    },
  }),
};
