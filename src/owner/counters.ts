/** What a watch did and what it could not do, since its start. */
export interface OwnerCounters {
  scansTotal: number;
  /** Scans that waited because the ones before had cost too much. */
  scansDelayedTotal: number;
  /** Scans that changes of the kernel's tables made incomplete. */
  scansInterruptedTotal: number;
  /** Looks for one socket, when connection tracking told of a new flow. */
  looksTotal: number;
  /** Of these, looks left out because of the processor time they would cost. */
  looksSkippedTotal: number;
  /** Sockets seen. */
  socketsTotal: number;
  /** Sockets that the kernel told of at their end and that no look had seen. */
  missedTotal: number;
  /** Sockets not followed because of the bound on memory. */
  overflowTotal: number;
  /** Observations forgotten before their time because of it. */
  forgottenTotal: number;
  /** Times the kernel dropped events to us: `missedTotal` is the least from there on. */
  eventLossesTotal: number;
  malformedTotal: number;
  cpuMilliseconds: number;
}

export const newOwnerCounters = (): OwnerCounters => ({
  scansTotal: 0,
  scansDelayedTotal: 0,
  scansInterruptedTotal: 0,
  looksTotal: 0,
  looksSkippedTotal: 0,
  socketsTotal: 0,
  missedTotal: 0,
  overflowTotal: 0,
  forgottenTotal: 0,
  eventLossesTotal: 0,
  malformedTotal: 0,
  cpuMilliseconds: 0,
});
