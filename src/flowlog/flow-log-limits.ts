/** What one flow log may ask of its reader, whoever wrote it. */
export const flowLogLimits = {
  /** Objects and arrays inside each other; a flow log has at most eleven. */
  nestingMax: 32,
  /** Names, ids and rules, as written between the quotes. */
  stringBytesMax: 2_048,
  /** One tuple, as written between the quotes; a real one has at most about 180. */
  tupleBytesMax: 512,
  /** Numbers and literals of members that nobody reads. */
  numberBytesMax: 64,
  /** Distinct origins in one batch; a batch with more is handed out before it is full. */
  originsMax: 8_192,
  /** Malformed tuples that are kept with their text; all are counted. */
  malformedKeptMax: 20,
  /** Of a malformed tuple's text. */
  malformedTextMax: 200,
} as const;

/** Bytes of a flow log that are looked at together, however large a chunk is. */
export const workSizeBytes = 65_536;
