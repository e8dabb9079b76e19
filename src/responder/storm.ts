import type { Clock } from "../common/clock.ts";
import type { DocumentTable } from "../common/documents.ts";
import {
  advanceGate,
  enterGate,
  type Gate,
  type GateEntry,
  leaveGate,
  raiseInGate,
  standingOf,
} from "../incident/gate.ts";
import {
  findCapture,
  type Incident,
  type IncidentCounts,
  severityDefault,
  withCapture,
} from "../incident/incident.ts";
import { createIncidentStore, type IncidentTables } from "../incident/incident-store.ts";
import type { JoiningAlert } from "../incident/join-incident.ts";
import type { IncidentSettings } from "../incident/settings.ts";
import { withUpdate } from "../incident/updates.ts";
import { type IncidentMark, type Job, type JobOutcome, withOutcome } from "./job.ts";
import { momentOf, timeLimitOf } from "./recording-time.ts";
import type { ResponderSettings } from "./settings.ts";
import { retentionMilliseconds, type StepResult } from "./steps.ts";

/** A job is woken when its turn comes; this is for a wake-up that a crash swallowed. */
const lookIntervalMilliseconds = 5_000;
const sharedLookIntervalMilliseconds = 30_000;
const wakeTryCountMax = 5;
/** Of the answer's sentence that an incident keeps. */
const answerLengthMax = 4_000;

export interface StormOptions {
  tables: IncidentTables;
  incidentSettings: IncidentSettings;
  settings: ResponderSettings;
  jobs: DocumentTable<Job>;
  clock: Clock;
  counts?: IncidentCounts | undefined;
}

/** How a recording ended, for people. */
export interface Told {
  text: string;
  link: string | null;
  /** What changed, and why; null where the packets do not say. */
  answer: string | null;
}

/**
 * What keeps a storm of alerts in bounds: alerts join incidents, share recordings, and wait for a place. Each function may run
 * any number of times for one job, because a crash repeats the step it is part of.
 */
export interface Storm {
  /** Finds the job's incident, and whether it records by itself. */
  join(job: Job): Promise<StepResult>;
  /** Waits for a place. */
  queue(job: Job): Promise<StepResult>;
  /** Waits for the end of the recording that the job shares. */
  shared(job: Job): Promise<StepResult>;
  /** The recording begins: from here on no alert changes it. */
  begin(job: Job): Promise<Job>;
  /** ARM has the packet capture. */
  placed(job: Job): Promise<void>;
  /** The recording is over, or there is none: its place is free for others. */
  over(job: Job): Promise<void>;
  /** Records what people are told, and wakes the jobs that share it. */
  answered(job: Job, told: Told): Promise<IncidentMark | null>;
  wakeShared(job: Job): Promise<void>;
  /** Notes that the condition of this job's alert is over. */
  resolve(jobKey: string): Promise<void>;
}

export function createStorm(options: StormOptions): Storm {
  const parts = openParts(options);
  return { ...stepsBefore(parts), ...stepsOf(parts) };
}

type Parts = ReturnType<typeof openParts>;

function openParts(options: StormOptions) {
  const { incidentSettings: settings, jobs, clock } = options;
  const store = createIncidentStore({ ...options, settings });
  const time = () => ({ settings, now: clock.now() });
  const wake = (key: string) => wakeJob(jobs, key, clock);
  /** Changes the gate, and wakes whoever has a place or a refusal by it. */
  const changeGate = async (change: (gate: Gate) => Gate): Promise<Gate> => {
    const { before, after } = await store.changeGate(change);
    const concerned = [...after.running, ...after.refused].filter(({ recordingId }) =>
      before.waiting.some((each) => each.recordingId === recordingId),
    );
    for (const { jobKey } of concerned) await wake(jobKey);
    return after;
  };
  const change = async (job: Job, make: (incident: Incident) => Incident): Promise<void> => {
    if (job.incidentId !== undefined) await store.change(job.incidentId, make);
  };

  return { options, store, time, wake, changeGate, change };
}

/** Until the job has a place, or knows whose recording it shares. */
function stepsBefore(parts: Parts): Pick<Storm, "join" | "queue" | "shared" | "resolve"> {
  const { options, store, time, changeGate, change } = parts;
  const { jobs, clock, counts } = options;
  const join = async (job: Job): Promise<Job> => {
    const incident = await store.join(job.alert.resourceId, joiningAlert(job, options));
    const { incidentId } = incident;
    const alert = incident.alerts.find(({ key }) => key === job.key);
    if (!alert || alert.recordingId === null) {
      const message = `no capture made: ${alert?.why ?? "the incident has no room"}`;
      counts?.alert("refused");
      const refused: Job = { ...job, incidentId, recordingId: job.jobId };
      return withOutcome(refused, { kind: "limitReached", message, status: null }, clock.now());
    }
    const { recordingId } = alert;
    const joined = { ...job, incidentId, recordingId, attemptCount: 0 };
    if (recordingId === job.jobId) return { ...joined, step: "queue" };
    await store.changeGate((gate) => raiseInGate(gate, recordingId, alert.severity));
    counts?.alert("merged");
    return { ...joined, step: "shared" };
  };
  const isDelayed = async ({ incidentId, jobId }: Job): Promise<boolean> => {
    const incident = incidentId === undefined ? null : await store.tables.incidents.get(incidentId);
    return incident !== null && findCapture(incident.body, jobId)?.isDelayed === true;
  };
  return {
    join: async (job) => ({ job: await join(job) }),
    async queue(job) {
      const entry = await entryOf(job, store.tables.incidents);
      const gate = await changeGate((found) =>
        advanceGate(enterGate(found, entry, time()), time()),
      );
      const standing = standingOf(gate, job.jobId, time());
      if (standing.kind === "running") {
        counts?.alert((await isDelayed(job)) ? "delayed" : "recording");
        return { job: { ...job, step: "locate", attemptCount: 0 } };
      }
      const { why } = standing.kind === "unknown" ? { why: "lost its place" } : standing;
      if (standing.kind === "refused") {
        const message = `no capture made: ${why}`;
        await change(job, (incident) =>
          withCapture(incident, job.jobId, { state: "refused", why }),
        );
        counts?.alert("refused");
        const outcome: JobOutcome = { kind: "limitReached", message, status: null };
        return { job: withOutcome(job, outcome, clock.now()) };
      }
      const position = standing.kind === "waiting" ? standing.position : 0;
      const waits = `waits at position ${position}: ${why}`;
      await change(job, (incident) =>
        findCapture(incident, job.jobId)?.isDelayed
          ? incident
          : withCapture(incident, job.jobId, { isDelayed: true, why: waits }),
      );
      return { job, dueAt: clock.now() + lookIntervalMilliseconds };
    },
    async shared(job) {
      const { incidentId, recordingId } = job;
      const incident =
        incidentId === undefined ? null : await store.tables.incidents.get(incidentId);
      const lead = incident?.body.alerts.find(
        (alert) => alert.recordingId === recordingId && alert.role === "recording",
      );
      return followShared(job, options, lead?.key ?? null);
    },
    async resolve(jobKey) {
      const stored = await jobs.get(jobKey);
      if (!stored) return;
      const { body } = stored;
      const joined = body.step === "join" ? await join(body) : body;
      await change(joined, (incident) => resolved(incident, jobKey, clock.now()));
    },
  };
}

/** While it records, and after. */
function stepsOf(
  parts: Parts,
): Pick<Storm, "begin" | "placed" | "over" | "answered" | "wakeShared"> {
  const { store, time, wake, changeGate, change } = parts;
  const { clock } = parts.options;
  return {
    async begin(job) {
      const incident = await (job.incidentId === undefined
        ? null
        : store.change(job.incidentId, (found) => begun(found, job, clock.now())));
      const capture = incident && findCapture(incident, job.jobId);
      if (!capture) return job;
      const { timeLimitSeconds, moment } = capture;
      return { ...job, recording: { timeLimitSeconds, moment } };
    },
    placed: (job) =>
      change(job, (incident) =>
        withCapture(incident, job.jobId, {
          captureId: job.capture?.id ?? null,
          captureName: job.capture?.name ?? null,
        }),
      ),
    async over(job) {
      await change(job, (incident) => ended(incident, job));
      await changeGate((gate) => leaveGate(gate, job.jobId, time()));
    },
    async answered(job, told) {
      if (job.incidentId === undefined) return null;
      const { incidentId } = job;
      const incident = await store.change(incidentId, (found) =>
        answeredOnce(found, job, { ...told, at: clock.now() }),
      );
      const update = incident?.updates.find((each) => each.recordingId === job.jobId);
      return update ? { incidentId, revision: update.revision, kind: "answered" } : null;
    },
    async wakeShared(job) {
      const incident =
        job.incidentId === undefined ? null : await store.tables.incidents.get(job.incidentId);
      for (const { key, recordingId } of incident?.body.alerts ?? []) {
        if (recordingId === job.jobId && key !== job.key) await wake(key);
      }
    },
  };
}

function joiningAlert(job: Job, { settings }: StormOptions): JoiningAlert {
  const { alert, key, jobId, acceptedAt } = job;
  return {
    key,
    jobId,
    rule: alert.ruleName,
    severity: alert.severity ?? severityDefault,
    firedTime: alert.firedTime,
    acceptedAt,
    filters: alert.filters ?? settings.filters,
    timeLimitSeconds: timeLimitOf(job, settings),
    moment: momentOf(alert),
    ...(alert.metric === undefined ? {} : { metric: alert.metric }),
  };
}

async function entryOf(job: Job, incidents: DocumentTable<Incident>): Promise<GateEntry> {
  const { alert, jobId, key, incidentId, acceptedAt } = job;
  const incident = incidentId === undefined ? null : await incidents.get(incidentId);
  const capture = incident && findCapture(incident.body, jobId);
  return {
    recordingId: jobId,
    jobKey: key,
    host: alert.resourceId.toLowerCase(),
    rule: (alert.ruleId ?? alert.ruleName).toLowerCase(),
    severity: capture?.severity ?? alert.severity ?? severityDefault,
    since: acceptedAt,
  };
}

function begun(incident: Incident, { jobId, acceptedAt }: Job, now: number): Incident {
  const capture = findCapture(incident, jobId);
  if (capture?.state !== "waiting") return incident;
  const waitedSeconds = Math.ceil((now - acceptedAt) / 1_000);
  return withCapture(incident, jobId, {
    state: "recording",
    endsAt: now + capture.timeLimitSeconds * 1_000,
    ...(capture.isDelayed ? { why: `waited ${waitedSeconds} s for a place` } : {}),
  });
}

function ended(incident: Incident, { jobId, capture, outcome }: Job): Incident {
  const known = findCapture(incident, jobId);
  if (!known || known.state === "ended" || known.state === "refused") return incident;
  const isRefused = capture === null && outcome?.kind === "limitReached";
  return withCapture(incident, jobId, {
    state: isRefused ? "refused" : "ended",
    captureId: capture?.id ?? null,
    captureName: capture?.name ?? null,
    ...(capture === null && outcome ? { why: outcome.message } : {}),
  });
}

function answeredOnce(incident: Incident, job: Job, told: Told & { at: number }): Incident {
  if (incident.updates.some(({ recordingId }) => recordingId === job.jobId)) return incident;
  const outcome = job.outcome?.message ?? "no outcome";
  const { text, link, at } = told;
  const sentence = told.answer?.slice(0, answerLengthMax) ?? null;
  const answer = sentence === null ? {} : { answer: { sentence, reportLink: link } };
  return withUpdate(withCapture(incident, job.jobId, { outcome, ...answer }), {
    kind: "answered",
    at,
    recordingId: job.jobId,
    told: text,
    link,
  });
}

function resolved(incident: Incident, alertKey: string, now: number): Incident {
  const alert = incident.alerts.find(({ key }) => key === alertKey);
  if (!alert || alert.resolvedAt !== null) return incident;
  const alerts = incident.alerts.map((each) =>
    each === alert ? { ...each, resolvedAt: now } : each,
  );
  return { ...incident, alerts };
}

/** What a job ends with that shares the recording of another; it goes on waiting while that one has not told people. */
async function followShared(
  job: Job,
  { jobs, clock }: { jobs: DocumentTable<Job>; clock: Clock },
  leadKey: string | null,
): Promise<StepResult> {
  const lead = leadKey === null ? null : ((await jobs.get(leadKey))?.body ?? null);
  const now = clock.now();
  if (lead && lead.step !== "notify" && lead.step !== "done") {
    return { job, dueAt: now + sharedLookIntervalMilliseconds };
  }
  const outcome: JobOutcome = lead?.outcome
    ? {
        ...lead.outcome,
        message: `shares the recording of alert "${lead.alert.ruleName}": ${lead.outcome.message}`,
      }
    : {
        kind: "failed",
        message: "the recording that it shared is not known any more",
        status: null,
      };
  const { capture, placedAt } = lead ?? job;
  return {
    job: { ...job, step: "done", capture, placedAt, outcome, outcomeAt: now, finishedAt: now },
    dueAt: now + retentionMilliseconds,
  };
}

/** Makes a waiting job due now. Another writer may come before: then its state is newer, and is looked at again. */
async function wakeJob(jobs: DocumentTable<Job>, key: string, clock: Clock): Promise<void> {
  for (let count = 0; count < wakeTryCountMax; count++) {
    const stored = await jobs.get(key);
    if (!stored || (stored.body.step !== "queue" && stored.body.step !== "shared")) return;
    const { revision, body } = stored;
    if (await jobs.put(key, body, { revision, dueAt: clock.now() })) return;
  }
}
