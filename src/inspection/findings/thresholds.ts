/** From where on a number is worth a sentence. Each with its reason; none is a law. */

/** Drops of this share leave conversations with holes: counts and gaps below can no longer be trusted. */
export const droppedShareProblem = 0.01;

/** Two thirds: all others together got at most half as much, so this is where the volume went. */
export const destinationShareMin = 2 / 3;

/** Half of all bytes, in both directions, is the pair that the capture is about. */
export const pairShareMin = 0.5;

/** Longer than a round trip between continents (Europe to the west coast of America: about 150 ms). */
export const initialRttSlowNanoseconds = 200_000_000;

/** Linux never repeats a segment sooner (TCP_RTO_MIN), so a longer difference is a repeated SYN. */
export const synRepeatNanosecondsMin = 200_000_000;

/** Throughput of TCP falls with the root of loss (Mathis); from about 1 % people feel it. */
export const retransmissionShareMin = 0.01;
/** Beyond, connections stall for whole seconds. */
export const retransmissionShareProblem = 0.05;
/** One or two repeats in a short recording are chance. */
export const retransmissionCountMin = 3;

/** Reordering that makes senders slow down needlessly (three duplicate ACKs: RFC 5681, 3.2). */
export const outOfOrderShareMin = 0.01;
export const outOfOrderCountMin = 3;

/** Programs close single connections by RST as a matter of course; a storm is many, for many streams. */
export const resetCountMin = 5;
export const resetsPerStreamMin = 0.25;

/** A few streams are always caught at the edge of a recording with one direction only. */
export const oneWayStreamCountMin = 3;
export const oneWayStreamShareMin = 0.05;

/** Payload that nothing recognises is common in small amounts (resumed or encrypted streams). */
export const unknownDataShareMin = 0.05;

/** Against the capture's own median: several times it, and more than a change of path explains. */
export const latencyFactorMin = 4;
export const latencyAboveNanoseconds = 50_000_000;
/** A median of fewer says nothing of the rest. */
export const latencyMeasuredMin = 4;

/** Within one second; a single lost window makes a few, a full queue or a broken link many. */
export const retransmissionBurstCountMin = 10;

/** A few handshakes are always cut by the beginning of a recording. */
export const halfOpenCountMin = 3;

/** DNS: from where people wait for it. A recursive resolver asks several servers in 100 ms. */
export const dnsSlowNanoseconds = 200_000_000;
export const dnsFailureShareMin = 0.02;
export const dnsNotFoundCountMin = 10;
export const dnsNotFoundShareMin = 0.2;

/** HTTP: from where people call a page slow. */
export const httpSlowNanoseconds = 1_000_000_000;
