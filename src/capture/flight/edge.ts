import { NearestTimes } from "./nearest-times.ts";

/** A packet near the place where ring and recording meet, as much of it as is compared. */
export interface EdgePacket {
  /** Nanoseconds since the epoch, less the edge's own origin: small enough to be exact. */
  time: number;
  originalLength: number;
  bytes: Uint8Array;
}

/** The same packet is stamped anew for each recorder; the stamps differ by microseconds, seldom more. */
export const edgeToleranceNanoseconds = 20_000_000;

export interface SharedPackets {
  /** Of each packet of the ring, whether the recording has it too. */
  shared: boolean[];
  /** Of each packet of the recording, whether the ring has it too. */
  found: boolean[];
  firstIsFound: boolean;
  /** Packets of the ring that the recording lacks although it had begun. */
  lacking: number;
}

/**
 * Which packets of the ring the recording has too. `recording` is its first packets in its own order.
 * Both hold the same packets in nearly the same order, so equal content close in time is the same packet;
 * of equal ones the nearest, which keeps repeated packets apart.
 *
 * The recording may have holes right after its first packet: libpcap opens the socket, then lets a filter
 * that takes nothing stand for some microseconds while it empties the socket, and only then sets the
 * session's own filter. And of two processors one may give its packet to the ring alone, because it began
 * before the recording was there, later than the other gives the recording its first. So what the recording
 * lacks is the ring's to give, as far as the compared packets reach; what comes after them is the recording's.
 */
export function sharedPackets(
  ring: readonly EdgePacket[],
  recording: readonly EdgePacket[],
): SharedPackets {
  const shared = ring.map(() => false);
  const found = recording.map(() => false);
  let begin = ring.length;
  const groups = byContent(ring, recording);
  // The latest first: its nearest is free still, and what is left over is older.
  for (let at = recording.length - 1; at >= 0; at--) {
    const packet = recording[at];
    const match = packet && groups.of(packet)?.take(packet.time);
    if (match === undefined) continue;
    shared[match] = true;
    found[at] = true;
    begin = match;
  }
  const settled = settledUntil(recording);
  let lacking = 0;
  for (let at = begin; at < ring.length; at++) {
    if (shared[at]) continue;
    if ((ring[at]?.time ?? 0) <= settled) lacking++;
    else shared[at] = true;
  }
  return { shared, found, firstIsFound: found[0] ?? false, lacking };
}

/** A packet that is stamped earlier than this is among those compared, if the recording has it. */
function settledUntil(recording: readonly EdgePacket[]): number {
  const first = recording[0]?.time ?? 0;
  const last = recording.reduce((latest, { time }) => Math.max(latest, time), first);
  return last - Math.min(edgeToleranceNanoseconds, (last - first) / 2);
}

/** Equal as far as both have it, and at about the same time. */
export function isSamePacket(one: EdgePacket, other: EdgePacket): boolean {
  if (one.originalLength !== other.originalLength) return false;
  if (Math.abs(one.time - other.time) > edgeToleranceNanoseconds) return false;
  const size = Math.min(one.bytes.length, other.bytes.length);
  return Buffer.compare(one.bytes.subarray(0, size), other.bytes.subarray(0, size)) === 0;
}

interface Groups {
  of: (packet: EdgePacket) => NearestTimes | undefined;
}

/** The ring's packets by what they hold, as far as both have it: each recorder cuts at its own length. */
function byContent(ring: readonly EdgePacket[], recording: readonly EdgePacket[]): Groups {
  const size = Math.min(shortest(ring), shortest(recording));
  const keyOf = ({ originalLength, bytes }: EdgePacket): string =>
    `${originalLength} ${Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(size, bytes.length)).toString("latin1")}`;
  const members = new Map<string, { at: number; time: number }[]>();
  for (const [at, packet] of ring.entries()) {
    const key = keyOf(packet);
    const same = members.get(key);
    if (same) same.push({ at, time: packet.time });
    else members.set(key, [{ at, time: packet.time }]);
  }
  const times = new Map<string, NearestTimes>();
  for (const [key, same] of members) {
    times.set(key, new NearestTimes(same, edgeToleranceNanoseconds));
  }
  return { of: (packet) => times.get(keyOf(packet)) };
}

/** Bytes of the packet that was cut the most; without end when all are whole. */
function shortest(packets: readonly EdgePacket[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { bytes, originalLength } of packets) {
    if (bytes.length < originalLength) least = Math.min(least, bytes.length);
  }
  return least;
}
