/** From where on a change is something, and what. Each with its reason; none is a law. */

/** A kind is named only when it accounts for at least half of what grew. */
export const explainedShareMin = 0.5;

/** Less than a fifth more is what any traffic does by itself from one minute to the next. */
export const increaseFactorMin = 1.2;

/** A before shorter than this says nothing of what is usual. */
export const beforeMillisecondsMin = 1_000;

/** Exfiltration: four times as much goes out as comes back, where requests and their answers are the other way. */
export const uploadFactorMin = 4;
/** Beneath, an upload is a form or a log line. */
export const uploadBytesMin = 100_000;

/** Between the first packet of a connection and the bytes that show in the metric: a slow handshake. */
export const openingMillisecondsMax = 2_000;

/** DNS tunnel: names asked in the part after; a browser asks for some dozens, and not under one domain. */
export const tunnelQueryCountMin = 20;
/** A tunnel repeats a name only when an answer is lost; other programs ask again for what expired. */
export const tunnelNewShareMin = 0.5;
/** Of the new names, those with a new label that is too long for a host's: see `longLabelLengthMin`. */
export const tunnelLongShareMin = 0.6;
/** Of all questions in the part after, so many are the tunnel's, or the rest would explain as much. */
export const tunnelQueryShareMin = 0.5;
/** Content delivery networks use labels of up to 14 characters; encoded data fills up to 63. */
export const longLabelLengthMin = 16;

/** Peer-to-peer without a known handshake: so many peers, at ports that are nobody's service. */
export const peerCountMin = 8;
export const servicePortMax = 1_023;

/** Scan: ports of one host, or hosts at one port, that gave no data; a failing service is one target. */
export const scanTargetCountMin = 15;
export const scanSilentShareMin = 0.7;

/** SYN flood: connections begun for each second, and how many of them never went on. */
export const floodPerSecondMin = 20;
export const floodOpenShareMin = 0.8;
/** Against before: crowds of real clients grow too, but they complete their handshakes. */
export const floodFactorMin = 5;

/** Refused attempts: one program that tries again makes a few; these are for the whole part after. */
export const deniedCountMin = 20;
export const deniedFactorMin = 3;

/** Loss: 1 % of segments sent again is where people feel it (Mathis: throughput falls with the root of loss). */
export const lossShareMin = 0.01;
export const lossCountMin = 8;
export const lossFactorMin = 3;

/** Slow: twice what it was before, and enough to be felt where pages make several requests in a row. */
export const slowFactorMin = 2;
export const slowMillisecondsMin = 20;
/** Fewer answers, before or after, are a chance: one that waits for a busy processor is among any three. */
export const slowAnswerCountMin = 10;
/** The means of before and after lie so many standard errors apart (Welch): a few slow answers among many are no slow server. */
export const slowErrorFactorMin = 4;
/** Less more than this of `latency` is what a scheduler does from one second to the next. */
export const latencyMillisecondsMin = 1;
/** The path is slow, not the server, when this part of the extra time passed before the first packet back. */
export const pathShareMin = 0.6;
