import { leaveGate } from "../../incident/gate.ts";
import { settleExpected } from "../../incident/expect.ts";
import { findCapture, type Incident, withCapture } from "../../incident/incident.ts";
import type { Expectation } from "../../incident/expectation.ts";
import { withUpdate } from "../../incident/updates.ts";
import type { Job } from "../job.ts";
import type { StormParts } from "./parts.ts";
import type { Storm, Told } from "./storm.ts";

/** Of the answer's sentence that an incident keeps. */
const answerLengthMax = 4_000;

/** While it records, and after. */
export function stepsOf(
  parts: StormParts,
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
      const known = await parts.expectations();
      const incident = await store.change(incidentId, (found) =>
        answeredOnce(found, job, { ...told, at: clock.now(), known }),
      );
      const update = incident?.updates.find((each) => each.recordingId === job.jobId);
      if (!update) return null;
      const isQuiet = update.state === "held" || update.state === "quiet";
      const mark = { incidentId, revision: update.revision, kind: "answered" } as const;
      return isQuiet ? { ...mark, isExpected: true } : mark;
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

function answeredOnce(
  incident: Incident,
  job: Job,
  told: Told & { at: number; known: readonly Expectation[] },
): Incident {
  if (incident.updates.some(({ recordingId }) => recordingId === job.jobId)) return incident;
  const outcome = job.outcome?.message ?? "no outcome";
  const { text, link, at, known } = told;
  const sentence = told.answer?.sentence.slice(0, answerLengthMax) ?? "";
  const answer = told.answer && { answer: { ...told.answer, sentence, reportLink: link } };
  const answered = withCapture(incident, job.jobId, { outcome, ...answer });
  return withUpdate(settleExpected(answered, known, at), {
    kind: "answered",
    at,
    recordingId: job.jobId,
    told: text,
    link,
  });
}
