import type { Clock } from "../../common/clock.ts";
import type { DocumentTable } from "../../common/documents.ts";
import type { Job, JobOutcome } from "../job.ts";
import { retentionMilliseconds, type StepResult } from "../steps.ts";

const sharedLookIntervalMilliseconds = 30_000;

/** What a job ends with that shares the recording of another; it goes on waiting while that one has not told people. */
export async function followShared(
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
