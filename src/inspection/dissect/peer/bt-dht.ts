import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { isExactTextAt } from "../text.ts";

const begins = ["d1:ad", "d1:rd", "d1:el", "d2:ip"];
/** Levels of lists and dictionaries. */
const depthMax = 100;
const dictionary = 100;
const integer = 105;
const list = 108;
const end = 101;
const colon = 58;

/** Where the bencoded value at `start` ends (BEP 3), -1 when it is damaged. */
function valueEnd(bytes: Uint8Array, start: number, limit: number): number {
  let depth = 0;
  let at = start;
  while (at < limit && depth <= depthMax) {
    const kind = bytes[at] ?? 0;
    if (kind === dictionary || kind === list) {
      depth++;
      at++;
    } else if (kind === end && depth > 0) {
      depth--;
      at++;
    } else {
      at = kind === integer ? integerEnd(bytes, at, limit) : stringEnd(bytes, at, limit);
      if (at < 0) return -1;
    }
    if (depth === 0) return at;
  }
  return -1;
}

function integerEnd(bytes: Uint8Array, start: number, limit: number): number {
  for (let at = start + 1; at < limit; at++) if (bytes[at] === end) return at + 1;
  return -1;
}

function stringEnd(bytes: Uint8Array, start: number, limit: number): number {
  let size = 0;
  for (let at = start; at < limit && size <= limit; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === colon && at > start) return at + 1 + size <= limit ? at + 1 + size : -1;
    if (byte < 48 || byte > 57) return -1;
    size = size * 10 + byte - 48;
  }
  return -1;
}

function beginsMessage(bytes: Uint8Array, at: number, limit: number): boolean {
  for (const begin of begins) if (isExactTextAt(bytes, at, limit, begin)) return true;
  return false;
}

function dissect(frame: Frame, at: number): void {
  frame.enter("bt-dht", at);
  if (valueEnd(frame.bytes, at, frame.capturedEnd) < 0)
    frame.enter(frame.capturedEnd < frame.reportedEnd ? "_ws.short" : "_ws.malformed");
}

/** BEP 5: a dictionary that begins with a question, an answer, an error or an address. */
export const btDht: Protocol = {
  name: "bt-dht",
  dissect,
  recognizesDatagram: ({ bytes, capturedEnd }, at) =>
    bytes[at] === dictionary && beginsMessage(bytes, at, capturedEnd),
};
