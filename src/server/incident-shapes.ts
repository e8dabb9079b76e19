import { z } from "zod";
import { time } from "./openapi/shapes.ts";

const answer = z.object({
  sentence: z.string().describe("What changed on the host, and why: one paragraph"),
  reportLink: z.string().nullable(),
  culprit: z
    .object({
      destination: z.string().nullable(),
      port: z.string().nullable(),
      process: z.string().nullable(),
    })
    .optional()
    .describe("What at least 80 % of the increase is made of"),
  gist: z
    .object({
      kind: z.string().describe("`exfiltration`, `scanOut`, ...: see docs/reference/answer.md"),
      level: z.enum(["certain", "likely", "possible"]),
      metric: z.string(),
      unit: z.string(),
      before: z.number().nullable(),
      after: z.number(),
      at: z.number().describe("Milliseconds since the epoch"),
      destination: z.object({ name: z.string(), share: z.number() }).nullable(),
      destinationCount: z.int(),
    })
    .optional()
    .describe(
      "The values behind the sentence's first words, for whoever says it in another language",
    ),
});

/** An incident in a list. */
export const viewedIncident = z.object({
  incidentId: z.string(),
  resourceId: z.string(),
  state: z.enum(["open", "closed"]),
  severity: z.number().describe("0 (critical) to 4 (verbose)"),
  openedAt: time,
  lastAlertAt: time,
  closedAt: time.nullable(),
  alertCount: z.int(),
  recordings: z.array(z.object({ captureId: z.string().nullable(), rule: z.string() })),
  account: z
    .object({ recording: z.int(), delayed: z.int(), merged: z.int(), refused: z.int() })
    .describe("How many of its alerts are recorded, delayed, merged or refused"),
  summary: z.string(),
  answer: answer.nullable(),
  expected: z
    .object({
      state: z.enum(["awaited", "met", "unmet"]),
      until: time.describe("Then people are told, whatever the packets say later"),
      expectationId: z.string().nullable(),
      reason: z.string().nullable(),
      by: z.string().nullable(),
    })
    .nullable()
    .describe("What it has to do with what people said they expect; null: nothing"),
});

const role = z.enum(["recording", "delayed", "merged", "refused"]);

const alert = z.object({
  key: z.string(),
  rule: z.string(),
  severity: z.number(),
  firedTime: time,
  acceptedAt: time,
  resolved: z.boolean(),
  resolvedAt: time.nullable(),
  metric: z.string().optional().describe("What its rule measures"),
  ruleId: z.string().optional(),
  role,
  recordingId: z.string().nullable().describe("The recording that has its packets"),
  why: z.string().nullable().describe("Why it is so, where there is more to say than the role"),
  expectationIds: z
    .array(z.string())
    .optional()
    .describe("Expectations that it may be a case of, as its packets will show"),
});

/** A packet capture's filter in Azure's words. */
const recordingFilter = z.object({
  protocol: z.enum(["TCP", "UDP", "Any"]).optional(),
  localIPAddress: z.string().optional(),
  remoteIPAddress: z.string().optional(),
  localPort: z.string().optional(),
  remotePort: z.string().optional(),
});

const recording = z.object({
  recordingId: z.string(),
  rule: z.string(),
  filters: z.array(recordingFilter),
  severity: z.number(),
  timeLimitSeconds: z.number(),
  moment: time.describe("The earliest that its look-back begins at"),
  state: z.enum(["waiting", "recording", "ended", "refused"]),
  role: role.exclude(["merged"]),
  isDelayed: z.boolean(),
  endsAt: time.nullable(),
  captureId: z.string().nullable(),
  captureName: z.string().nullable(),
  why: z.string().nullable(),
  outcome: z.string().nullable(),
  answer: answer.nullable(),
  queue: z.object({ position: z.int(), why: z.string() }).nullable(),
});

const delivery = z.object({
  target: z.string(),
  state: z.enum(["waiting", "held", "sent", "failed"]),
  at: time.nullable().describe("When it was sent or given up"),
  reason: z.string().nullable().describe("Why the last try failed"),
});

const update = z.object({
  revision: z.int(),
  kind: z.enum(["opened", "updated", "answered", "closed"]),
  at: time,
  recordingId: z.string().nullable(),
  title: z.string(),
  text: z.string(),
  link: z.string().nullable(),
  state: z
    .enum(["waiting", "sent", "failed", "held", "quiet"])
    .describe("held: until it is known whether the incident is expected; quiet: it is"),
  attemptCount: z.int(),
  deliveries: z.array(delivery),
});

const relatedIncident = z.object({
  incidentId: z.string(),
  resourceId: z.string(),
  host: z.string(),
  state: z.enum(["open", "closed"]),
  severity: z.number(),
  openedAt: time,
  rule: z.string().describe("Name of the rule that fired on both"),
  sentence: z.string().nullable(),
});

/** With its alerts, its recordings, and what people were told. */
export const viewedWholeIncident = viewedIncident.extend({
  alerts: z.array(alert),
  captures: z.array(recording),
  updates: z.array(update),
  related: z
    .array(relatedIncident)
    .describe(
      "Of other hosts, in which a rule of this one fired at about the same time; at most 50",
    ),
  relatedCount: z.int().describe("All, also those that are not told"),
});
