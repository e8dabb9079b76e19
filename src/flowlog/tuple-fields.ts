/** The fields in which a tuple can be wrong; a failed reading returns minus the index. */
export const tupleFields = [
  "",
  "time",
  "source address",
  "destination address",
  "source port",
  "destination port",
  "protocol",
  "direction",
  "decision or state",
  "encryption",
  "packets to destination",
  "bytes to destination",
  "packets to source",
  "bytes to source",
] as const;

/** Indexes into `tupleFields`. */
export const field = {
  time: 1,
  source: 2,
  destination: 3,
  sourcePort: 4,
  destinationPort: 5,
  protocol: 6,
  direction: 7,
  state: 8,
  encryption: 9,
  counters: 10,
} as const;
