/** What a meter did and what it could not do, since its start. */
export interface FlowMeterCounters {
  /** Messages of the kernel, or packets of dumpcap, that were read. */
  eventsTotal: number;
  flowsBegun: number;
  flowsContinued: number;
  flowsEnded: number;
  /** Tuples of denied flows. */
  flowsDenied: number;
  /** Packets that deny rules logged. */
  packetsDenied: number;
  /** Times the kernel said that it dropped messages to us (ENOBUFS); a dump of the whole table follows. */
  eventLossesTotal: number;
  dumpsTotal: number;
  /** Flows whose beginning only a dump or their end showed. */
  flowsFoundLate: number;
  /** Flows that ended without the kernel's last count; what they moved after the last dump is not known. */
  endsWithoutCounters: number;
  /** Flows that were open when an earlier meter was killed, and gone when this one came: their last counts are lost. */
  endsWhileAway: number;
  /** Flows that the kernel does not count, because they began before nf_conntrack_acct was 1. */
  flowsWithoutCounters: number;
  /** Flows not followed because `flowCountMax` was reached. */
  flowsOverflow: number;
  /** Logged packets that the kernel dropped, by gaps in its numbers. */
  logGapsTotal: number;
  /** Logged packets whose prefix is not ours, or that belong to no watched interface. */
  logsIgnored: number;
  /** Messages or packets that could not be read. */
  malformedTotal: number;
  /** Packets that dumpcap or the kernel dropped (packets engine). */
  packetsDropped: number;
  /** Tuples lost because records were not taken in time, and the bytes they told of. */
  tuplesDropped: number;
  bytesDropped: number;
  recordsTotal: number;
  tuplesTotal: number;
}

export const newCounters = (): FlowMeterCounters => ({
  eventsTotal: 0,
  flowsBegun: 0,
  flowsContinued: 0,
  flowsEnded: 0,
  flowsDenied: 0,
  packetsDenied: 0,
  eventLossesTotal: 0,
  dumpsTotal: 0,
  flowsFoundLate: 0,
  endsWithoutCounters: 0,
  endsWhileAway: 0,
  flowsWithoutCounters: 0,
  flowsOverflow: 0,
  logGapsTotal: 0,
  logsIgnored: 0,
  malformedTotal: 0,
  packetsDropped: 0,
  tuplesDropped: 0,
  bytesDropped: 0,
  recordsTotal: 0,
  tuplesTotal: 0,
});
