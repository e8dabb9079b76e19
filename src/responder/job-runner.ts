import { type Backoff, backoffDelay } from "../common/backoff.ts";
import type { DocumentTable, StoredDocument } from "../common/documents.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import type { Log } from "../common/log.ts";
import { isTransient, retryAfterMilliseconds } from "./azure-errors.ts";
import { alertTag } from "./capture-name.ts";
import { type Job, withOutcome } from "./job.ts";
import { composeNotification } from "./notification.ts";
import { pollDeadline, runStep, type StepOptions, toNotify, withFailedDelivery } from "./steps.ts";

/** Jobs under way at once; a slow webhook holds one place, not the others. */
const jobsAtOnceMax = 32;
/** Tries of a step before it is given up; with the back-off below about five minutes. */
const attemptCountMax = 10;
const retryBackoff: Backoff = { minimumMilliseconds: 1_000, maximumMilliseconds: 60_000 };
const jobListMax = 100_000;

export interface JobRunnerOptions extends Omit<StepOptions, "signal" | "busyTags" | "placeAlone"> {
  jobs: DocumentTable<Job>;
  log: Log;
  /** Called when a job has ended and others are due that `dispatch` had no room for. */
  onRoom?: (() => void) | undefined;
  backoff?: Backoff | undefined;
  random?: (() => number) | undefined;
}

export interface JobRunner {
  /** Starts each job that is due and not yet under way; resolves at once when none is left to start. */
  dispatch(signal: AbortSignal): Promise<void>;
  /** Resolves when no job is under way. */
  idle(): Promise<void>;
  /** Drives one job until it waits for a time or is done; null when there is no such job. */
  drive(key: string, signal: AbortSignal): Promise<StoredDocument<Job> | null>;
}

type Stored = StoredDocument<Job>;

/** Takes due jobs step by step, each step recorded before the next. */
export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { jobs, clock, log } = options;
  const underWay = new Map<string, Promise<Stored | null>>();
  const placeAlone = oneAtATime();
  let hasMore = false;

  const start = (stored: Stored, signal: AbortSignal): Promise<Stored | null> => {
    const known = underWay.get(stored.key);
    if (known) return known;
    const stepOptions = {
      ...options,
      placeAlone,
      busyTags: () => tagsOfOthers(jobs, stored.key),
      signal,
    };
    const finished = driveJob(stored, stepOptions).finally(() => {
      underWay.delete(stored.key);
      if (hasMore) options.onRoom?.();
      hasMore = false;
    });
    underWay.set(stored.key, finished);
    return finished;
  };
  return {
    async dispatch(signal) {
      hasMore = false;
      const due = await jobs.due(clock.now(), jobsAtOnceMax + underWay.size);
      for (const stored of due) {
        if (underWay.size >= jobsAtOnceMax) hasMore = true;
        if (signal.aborted || hasMore) return;
        void start(stored, signal).catch((error: unknown) => {
          if (signal.aborted) return;
          log.error({ jobId: stored.body.jobId, error: describeError(error) }, "job interrupted");
        });
      }
    },
    async idle() {
      while (underWay.size > 0) await Promise.allSettled(underWay.values());
    },
    async drive(key, signal) {
      const stored = await jobs.get(key);
      return stored && start(stored, signal);
    },
  };
}

type DriveOptions = StepOptions & JobRunnerOptions;

async function driveJob(stored: Stored, options: DriveOptions): Promise<Stored | null> {
  const { jobs, signal, clock } = options;
  // What is due may have been read before another run of this job ended.
  let current = await jobs.get(stored.key);
  while (current && !signal.aborted) {
    if (current.dueAt !== null && current.dueAt > clock.now()) return current;
    if (current.body.step === "done") {
      await jobs.delete(current.key); // its retention is over
      return null;
    }
    const { job, dueAt = clock.now() } = await stepOrRetry(current.body, options);
    // Null: another process was first, and has the job now.
    current = await jobs.put(current.key, job, { revision: current.revision, dueAt });
  }
  return current;
}

async function stepOrRetry(job: Job, options: DriveOptions): Promise<{ job: Job; dueAt?: number }> {
  try {
    const result = await runStep(job, options);
    const { jobId, step, capture } = result.job;
    if (step !== job.step) {
      options.log.info({ jobId, step, capture: capture?.name ?? null }, "job step done");
    }
    return result;
  } catch (error) {
    options.signal.throwIfAborted();
    return afterFailure(job, error, options);
  }
}

function afterFailure(
  job: Job,
  error: unknown,
  { clock, log, backoff, random, notifiers, settings }: DriveOptions,
): { job: Job; dueAt?: number } {
  const now = clock.now();
  const attemptCount = job.attemptCount + 1;
  const fields = { jobId: job.jobId, step: job.step, attemptCount, error: describeError(error) };
  // Polling is bounded by the capture's own time limit, not by a count.
  const over =
    job.step === "poll" ? now >= pollDeadline(job, settings) : attemptCount >= attemptCountMax;
  // What is left in `report` is our own book-keeping: it is worth as many tries, and may keep nobody from being told.
  if ((isTransient(error) || job.step === "report") && !over) {
    log.warn(fields, "job step failed, will be tried again");
    const delay = Math.max(
      backoffDelay(backoff ?? retryBackoff, job.attemptCount, random),
      retryAfterMilliseconds(error, now),
    );
    return { job: { ...job, attemptCount }, dueAt: now + delay };
  }
  log.error(fields, "job step given up");
  if (job.step === "notify") return { job: withFailedDelivery(job, notifiers) };
  if (job.step === "report") {
    return { job: toNotify(job, composeNotification(job, null), { notifiers }) };
  }
  const limited = error instanceof NightcapError && error.code === "CaptureLimitReached";
  const kind = limited ? "limitReached" : "failed";
  const what = job.capture
    ? `packet capture "${job.capture.name}" cannot be followed`
    : "no capture made";
  const message = `${what}: ${describeError(error)}`;
  return { job: withOutcome(job, { kind, message, status: null }, now) };
}

/** Captures of jobs that are not done are not cleared away by the job of another alert. */
async function tagsOfOthers(jobs: DocumentTable<Job>, key: string): Promise<ReadonlySet<string>> {
  const all = await jobs.due(Number.MAX_SAFE_INTEGER, jobListMax);
  const others = all.filter((stored) => stored.key !== key && stored.body.step !== "done");
  return new Set(others.map(({ body }) => alertTag(body.jobId)));
}

/** Runs what it is given in turn; a failure of one does not stop the next. */
function oneAtATime(): StepOptions["placeAlone"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => {});
    return result;
  };
}
