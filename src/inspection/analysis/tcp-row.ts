// The words of one TCP stream's row, and the flags of its segments. Sequence numbers and windows are 32 bits,
// kept signed; differences are what matters.
import { flowWords } from "./flow-table.ts";

/** Analysis flags of a segment. */
export const segmentFlag = {
  retransmission: 1 << 0,
  fastRetransmission: 1 << 1,
  spuriousRetransmission: 1 << 2,
  outOfOrder: 1 << 3,
  lostSegment: 1 << 4,
  ackLostSegment: 1 << 5,
  duplicateAck: 1 << 6,
  zeroWindow: 1 << 7,
  zeroWindowProbe: 1 << 8,
  zeroWindowProbeAck: 1 << 9,
  windowFull: 1 << 10,
  windowUpdate: 1 << 11,
  keepAlive: 1 << 12,
  keepAliveAck: 1 << 13,
  reusedPorts: 1 << 14,
} as const;

/** Words of the whole stream, after those of every flow. */
export const streamWord = {
  /** `streamFlag` bits, and `tcp.completeness` from bit 8 on. */
  flags: flowWords,
  lastSynSeconds: flowWords + 1,
  lastSynNanoseconds: flowWords + 2,
  initialRttSeconds: flowWords + 3,
  initialRttNanoseconds: flowWords + 4,
  synAckRttSeconds: flowWords + 5,
  synAckRttNanoseconds: flowWords + 6,
  serverPort: flowWords + 7,
  /** Number of what dissection keeps of the stream; 0 is none. */
  conversation: flowWords + 8,
  /** Counts of segments, by what the analysis said of them. */
  retransmissions: flowWords + 9,
  outOfOrder: flowWords + 10,
  lostSegments: flowWords + 11,
  duplicateAcks: flowWords + 12,
  zeroWindows: flowWords + 13,
} as const;
const sharedWords = flowWords + 14;

export const streamFlag = {
  hasSyn: 1 << 0,
  hasInitialRtt: 1 << 1,
  hasSynAckRtt: 1 << 2,
  /** Has a number, and no segment as long as none was counted. */
  isReserved: 1 << 3,
} as const;

/** Bits of Wireshark's `tcp.completeness`. */
export const completeness = { syn: 1, synAck: 2, ack: 4, data: 8, fin: 16, rst: 32 } as const;
export const completenessShift = 8;

/** Words of one direction, from its beginning. */
export const sideWord = {
  baseSequence: 0,
  nextSequence: 1,
  nextSequenceSeconds: 2,
  nextSequenceNanoseconds: 3,
  maxSequenceToBeAcknowledged: 4,
  lastAck: 5,
  lastAckSeconds: 6,
  lastAckNanoseconds: 7,
  /** As in the header, not scaled; -1 before the first. */
  window: 8,
  /** -1 after an acknowledgement of what is not there was told. */
  duplicateAcks: 9,
  /** `segmentFlag` of the last segment, below `sideFlag` bits and the shift of the window. */
  flags: 10,
  firstSynAckSequence: 11,
  /** Newest of the segments not acknowledged, plus one; 0 is none. */
  unacknowledged: 12,
  /** Frames and bytes (`countAt`), and in the last word's upper half the segments not acknowledged. */
  counts: 13,
  waiting: 15,
} as const;
export const sideWords = 16;
export const sideA = sharedWords;
export const sideB = sharedWords + sideWords;
export const streamRowWords = sideB + sideWords;

export const segmentFlagMask = 0x7fff;
export const sideFlag = {
  baseIsSet: 1 << 16,
  isFirstAck: 1 << 17,
  hasFirstSynAck: 1 << 18,
} as const;
/** The window's shift plus 2, in five bits: 0 is unknown, 1 known not to be used. */
export const scaleShift = 24;
export const windowScale = { unknown: -2, none: -1 } as const;

export function scaleOf(rows: Int32Array, side: number): number {
  return (((rows[side + sideWord.flags] ?? 0) >>> scaleShift) & 31) - 2;
}

export function setScale(rows: Int32Array, side: number, scale: number): void {
  const at = side + sideWord.flags;
  rows[at] = ((rows[at] ?? 0) & ~(31 << scaleShift)) | ((scale + 2) << scaleShift);
}
