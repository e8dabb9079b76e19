import { z } from "zod";

/** When alerts belong together, and how much is recorded at once. */
export const incidentSettings = z.strictObject({
  /** Seconds after its first alert in which an incident takes further ones; null: until its recordings end, at most 600. */
  windowSeconds: z.int().min(1).max(86_400).nullable().default(null),
  /** Seconds without a new alert after which an incident is closed, though its alerts are not resolved. */
  quietSeconds: z.int().min(1).max(86_400).default(900),
  /** Recordings under way at once, in all. */
  recordingCountMax: z.int().min(1).max(10_000).default(50),
  /** Recordings of one host under way at once. */
  hostRecordingCountMax: z.int().min(1).max(1_000).default(4),
  /** Recordings of one rule under way at once, on whatever hosts. */
  ruleRecordingCountMax: z.int().min(1).max(10_000).default(20),
  /** Recordings that wait for a place; at it the least important is refused. */
  queueLengthMax: z.int().min(0).max(5_000).default(500),
  /** Seconds that a recording waits; then it is too old, and refused. */
  waitSecondsMax: z.int().min(1).max(86_400).default(600),
  /** Seconds after which a waiting recording is as important as one of severity 0. */
  starvingSeconds: z.int().min(1).max(86_400).default(120),
  /** Seconds after an alert that a recording under way must go on for the alert to share it; at most half of what the alert asks for. */
  afterSecondsMin: z.int().min(0).max(3_600).default(10),
  /** Seconds up to which a later alert makes a recording longer that has not begun. */
  extendSecondsMax: z.int().min(1).max(18_000).default(600),
  /** Seconds between two notifications that tell of more alerts. */
  updateIntervalSeconds: z.int().min(1).max(86_400).default(30),
});

export type IncidentSettings = Readonly<z.infer<typeof incidentSettings>>;

/** Where no window is set. */
export const windowSecondsDefault = 600;
