// Protocols that show themselves in datagrams of any port; of them only the name is told.
import { uint16, uint32 } from "../file/bytes.ts";
import type { Frame } from "./frame.ts";
import { isExactTextAt } from "./text.ts";
import type { Protocol } from "./registry.ts";

/** Shows by its content alone; with `binds` the rest of the conversation is its own too. */
function heuristic(
  name: string,
  shows: (frame: Frame, at: number) => boolean,
  binds = false,
): Protocol {
  const dissect = (frame: Frame, at: number): void => {
    frame.enter(name, at);
    if (binds) frame.expectations.bindConversation(frame.udpStream, dissect);
  };
  return { name, recognizesDatagram: shows, dissect };
}

const wireGuardSizes: ReadonlyMap<number, number> = new Map([
  [1, 148],
  [2, 92],
  [3, 64],
]);
const wireGuardData = 4;
const wireGuardDataSizeMin = 32;

/** The WireGuard paper, 5.4: a type and three zeros; each type has its size, data a least one. */
function isWireGuard({ bytes, capturedEnd, reportedEnd }: Frame, at: number): boolean {
  const type = bytes[at] ?? 0;
  if (capturedEnd - at < 4 || uint32(bytes, at) !== (type << 24) >>> 0) return false;
  const size = reportedEnd - at;
  if (type === wireGuardData) return size >= wireGuardDataSizeMin;
  return wireGuardSizes.get(type) === size;
}

export const wireGuard = heuristic("wg", isWireGuard);

const transportStreamPacketSizeBytes = 188;

/** ISO/IEC 13818-1, 2.4.3: packets of 188 bytes, each with a mark, which show one by one. */
export const transportStream: Protocol = {
  name: "mp2t",
  recognizesDatagram({ bytes, capturedEnd, reportedEnd }, at) {
    const size = reportedEnd - at;
    if (size === 0 || size % transportStreamPacketSizeBytes !== 0) return false;
    for (let next = at; next < capturedEnd; next += transportStreamPacketSizeBytes)
      if (bytes[next] !== 0x47) return false;
    return true;
  },
  dissect(frame, at) {
    for (let next = at; next < frame.capturedEnd; next += transportStreamPacketSizeBytes)
      frame.enter("mp2t", next, next + transportStreamPacketSizeBytes);
  },
};

const wakeSizeBytes = 102;

/** AMD's Magic Packet: six bytes of ones, then an address sixteen times. */
export const wakeOnLan = heuristic("wol", ({ bytes, capturedEnd }, at) => {
  if (capturedEnd - at < wakeSizeBytes) return false;
  for (let index = 0; index < 6; index++) if (bytes[at + index] !== 0xff) return false;
  for (let index = 12; index < wakeSizeBytes; index++)
    if (bytes[at + index] !== bytes[at + index - 6]) return false;
  return true;
});

/** OMG DDSI-RTPS, 8.3.3: four letters, and a version. */
export const rtps = heuristic(
  "rtps",
  ({ bytes, capturedEnd }, at) =>
    isExactTextAt(bytes, at, capturedEnd, "RTPS") && (bytes[at + 4] === 1 || bytes[at + 4] === 2),
);

/** Artistic Licence's Art-Net. */
export const artNet = heuristic("artnet", ({ bytes, capturedEnd }, at) =>
  isExactTextAt(bytes, at, capturedEnd, "Art-Net\0"),
);

const classicTypes: ReadonlySet<number> = new Set([
  0x0001, 0x0002, 0x0101, 0x0102, 0x0111, 0x0112, 0x0003, 0x0103, 0x0113, 0x0004, 0x0104, 0x0114,
  0x0115, 0x0006, 0x0106, 0x0116,
]);

/** RFC 3489, 11.1: the older STUN, without a cookie. */
export const classicStun = heuristic("classicstun", ({ bytes, capturedEnd, reportedEnd }, at) => {
  const length = uint16(bytes, at + 2);
  return (
    capturedEnd - at >= 20 &&
    classicTypes.has(uint16(bytes, at)) &&
    length + 20 === reportedEnd - at
  );
});
