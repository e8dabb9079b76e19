/** Packets and bytes (from the IP header on) both ways: those of the kernel, or those already written. */
export interface TrafficCount {
  packetsToDestination: number;
  bytesToDestination: number;
  packetsToSource: number;
  bytesToSource: number;
}

export const noTraffic = (): TrafficCount => ({
  packetsToDestination: 0,
  bytesToDestination: 0,
  packetsToSource: 0,
  bytesToSource: 0,
});

export function copyCount(to: TrafficCount, from: TrafficCount): void {
  to.packetsToDestination = from.packetsToDestination;
  to.bytesToDestination = from.bytesToDestination;
  to.packetsToSource = from.packetsToSource;
  to.bytesToSource = from.bytesToSource;
}

export const difference = (now: TrafficCount, before: TrafficCount): TrafficCount => ({
  packetsToDestination: now.packetsToDestination - before.packetsToDestination,
  bytesToDestination: now.bytesToDestination - before.bytesToDestination,
  packetsToSource: now.packetsToSource - before.packetsToSource,
  bytesToSource: now.bytesToSource - before.bytesToSource,
});

export const isNoTraffic = (count: TrafficCount): boolean =>
  count.packetsToDestination === 0 && count.packetsToSource === 0;

/** True when a count went down, which a flow's never does: it is another flow's. */
export const isLess = (now: TrafficCount, before: TrafficCount): boolean =>
  now.packetsToDestination < before.packetsToDestination ||
  now.packetsToSource < before.packetsToSource;
