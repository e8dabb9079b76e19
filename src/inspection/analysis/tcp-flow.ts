// The state of one TCP stream: what Wireshark's sequence analysis remembers of each direction.

import type { Time } from "../file/time.ts";
import { Unacknowledged } from "./unacknowledged.ts";

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

/** Window scaling: unknown, or known not to be used; otherwise the shift. */
export const windowScale = { unknown: -1, none: -2 } as const;

/** One direction of a stream. Sequence numbers are unsigned 32-bit. */
export class TcpFlow {
  baseSequence = 0;
  baseIsSet = false;
  /** Of the first SYN/ACK; -1 when there was none. */
  firstSynAckSequence = -1;
  nextSequence = 0;
  nextSequenceSeconds = 0;
  nextSequenceNanoseconds = 0;
  maxSequenceToBeAcknowledged = 0;
  lastAck = 0;
  lastAckSeconds = 0;
  lastAckNanoseconds = 0;
  duplicateAcks = 0;
  window = 0xffffffff;
  windowScale: number = windowScale.unknown;
  isFirstAck = false;
  lastFlags = 0;
  mptcpOperations = 0;
  readonly unacknowledged = new Unacknowledged();
  frames = 0;
  bytes = 0;
}

export interface StreamPeer {
  address: number;
  port: number;
}

/** One stream; `low` is the direction from the lower address (or port), as the table is keyed. */
export class TcpStreamState {
  readonly number: number;
  /** The sender of the first frame. */
  readonly a: StreamPeer;
  readonly b: StreamPeer;
  readonly fromA = new TcpFlow();
  readonly fromB = new TcpFlow();
  /** Time of the last SYN without ACK. */
  lastSynSeconds = -1;
  lastSynNanoseconds = 0;
  /** Nanoseconds; 0 is unset, as Wireshark has it. */
  initialRttNanoseconds = 0;
  initialRtt: Time | null = null;
  synAckRtt: Time | null = null;
  serverPort = 0;
  /** Whether either side offered multipath TCP. */
  mptcp = false;
  mptcpOperations = 0;

  constructor(number: number, a: StreamPeer, b: StreamPeer) {
    this.number = number;
    this.a = a;
    this.b = b;
  }
}
