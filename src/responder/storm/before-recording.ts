import type { DocumentTable } from "../../common/documents.ts";
import {
  advanceGate,
  enterGate,
  type GateEntry,
  raiseInGate,
  standingOf,
} from "../../incident/gate.ts";
import { expectationsFor } from "../../incident/expectation.ts";
import {
  findCapture,
  type Incident,
  severityDefault,
  withCapture,
} from "../../incident/incident.ts";
import type { JoiningAlert } from "../../incident/join-incident.ts";
import { type Job, type JobOutcome, withOutcome } from "../job.ts";
import { momentOf, timeLimitOf } from "../recording-time.ts";
import type { StormOptions, StormParts } from "./parts.ts";
import { followShared } from "./shared.ts";
import type { Storm } from "./storm.ts";

/** A job is woken when its turn comes; this is for a wake-up that a crash swallowed, and for captures that no job follows. */
const lookIntervalMilliseconds = 5_000;

/** Until the job has a place, or knows whose recording it shares. */
export function stepsBefore(
  parts: StormParts,
): Pick<Storm, "join" | "queue" | "shared" | "resolve"> {
  const { options, store, time, changeGate, change } = parts;
  const { jobs, clock, counts } = options;
  const join = async (job: Job): Promise<Job> => {
    const { ruleName: rule, resourceId: host } = job.alert;
    const known = await parts.expectations();
    const expected = expectationsFor(known, { rule, host, now: clock.now() });
    const incident = await store.join(host, {
      ...joiningAlert(job, options),
      ...(expected.length > 0 && { expectationIds: expected.map((one) => one.expectationId) }),
    });
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
    ...(alert.ruleId === null ? {} : { ruleId: alert.ruleId }),
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

function resolved(incident: Incident, alertKey: string, now: number): Incident {
  const alert = incident.alerts.find(({ key }) => key === alertKey);
  if (!alert || alert.resolvedAt !== null) return incident;
  const alerts = incident.alerts.map((each) =>
    each === alert ? { ...each, resolvedAt: now } : each,
  );
  return { ...incident, alerts };
}
