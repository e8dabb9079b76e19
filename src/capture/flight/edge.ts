/** A packet near the place where ring and recording meet, as much of it as is compared. */
export interface EdgePacket {
  /** Nanoseconds since the epoch, less the edge's own origin: small enough to be exact. */
  time: number;
  originalLength: number;
  bytes: Uint8Array;
}

/** The same packet is stamped anew for each recorder; the stamps differ by microseconds, seldom more. */
export const edgeToleranceNanoseconds = 20_000_000;

/**
 * Which packets of the ring the recording has too: an array of the same length as `ring`. `recording`
 * begins with the recording's first packet. Both hold the same packets in nearly the same order, so equal
 * content close in time is the same packet; of equal ones the nearest, which keeps repeated packets apart.
 * From the recording's first packet on everything is the recording's.
 */
export function sharedPackets(
  ring: readonly EdgePacket[],
  recording: readonly EdgePacket[],
): { shared: boolean[]; firstIsFound: boolean } {
  const shared = ring.map(() => false);
  const byLength = new Map<number, number[]>();
  for (const [at, { originalLength }] of ring.entries()) {
    const same = byLength.get(originalLength);
    if (same) same.push(at);
    else byLength.set(originalLength, [at]);
  }
  let first = -1;
  // The latest first: its nearest is free still, and what is left over is older.
  for (let at = recording.length - 1; at >= 0; at--) {
    const packet = recording[at];
    if (!packet) continue;
    const found = nearest(packet, ring, byLength.get(packet.originalLength) ?? [], shared);
    if (found >= 0) shared[found] = true;
    if (at === 0) first = found;
  }
  if (first >= 0) shared.fill(true, first);
  return { shared, firstIsFound: first >= 0 };
}

function nearest(
  packet: EdgePacket,
  ring: readonly EdgePacket[],
  candidates: readonly number[],
  shared: readonly boolean[],
): number {
  let best = -1;
  let bestDistance = edgeToleranceNanoseconds;
  for (const at of candidates) {
    const other = ring[at];
    if (!other || shared[at]) continue;
    const distance = Math.abs(other.time - packet.time);
    if (distance <= bestDistance && isSame(other.bytes, packet.bytes)) {
      best = at;
      bestDistance = distance;
    }
  }
  return best;
}

/** What both have is equal: one of the two may have been cut shorter. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  const size = Math.min(one.length, other.length);
  for (let at = 0; at < size; at++) if (one[at] !== other[at]) return false;
  return true;
}
