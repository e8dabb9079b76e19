/** A tuple that could not be read. It is counted, and everything around it is read. */
export interface MalformedTuple {
  /** Of its opening quote, from the reader's first byte on. */
  readonly offset: number;
  /** The first field that is wrong, such as "source port". */
  readonly reason: string;
  /** Its text, shortened. */
  readonly value: string;
}

export type FlowLogFailureCode =
  /** The bytes are not JSON, or not JSON of this shape. */
  | "FlowLogMalformed"
  /** One of `flowLogLimits` was passed. */
  | "FlowLogLimit"
  /** A record has more tuples than a batch has rows, and says only after them where they come from. */
  | "FlowRecordTooLarge";

/** Why reading stopped. */
export interface FlowLogFailure {
  readonly code: FlowLogFailureCode;
  readonly message: string;
  /** Of the byte that was not expected, from the reader's first byte on. */
  readonly offset: number;
}

/** How far a reader has come. */
export interface FlowLogProgress {
  /** Bytes up to the end of the last complete record: where the next reading of a growing blob begins. */
  readonly consumedBytes: number;
  /** Complete records. */
  readonly records: number;
  /** Rows of complete records, handed out or still in the batch. */
  readonly rows: number;
  /** Malformed tuples of complete records. */
  readonly malformed: number;
  /**
   * Rows that were handed out already of a record that is not complete: only when one record has more tuples than a
   * batch has rows, or more rules than a batch may have origins. A checkpoint waits until this is 0 again.
   */
  readonly openRows: number;
}

/** What a flow log was, once its last byte is known. */
export interface FlowLogSummary extends FlowLogProgress {
  readonly receivedBytes: number;
  /** Nothing was open at the end. False for a blob that is cut off or still being written. */
  readonly isComplete: boolean;
  /** The first of them, at most `malformedKeptMax`. */
  readonly malformedTuples: readonly MalformedTuple[];
  readonly failure: FlowLogFailure | null;
}
