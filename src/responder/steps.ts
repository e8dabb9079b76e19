import type { Clock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import { type CaptureClient, isFinished } from "./capture-client.ts";
import { type Job, type JobOutcome, type Notification, withOutcome } from "./job.ts";
import { composeNotification, describeOutcome, type ReportText } from "./notification.ts";
import { logNotifierName, type Notifier } from "./notifiers.ts";
import { placeCapture, type PlacementRefused, type PlacementShared } from "./place-capture.ts";
import { momentOf, timeLimitOf } from "./recording-time.ts";
import type { ResponderSettings } from "./settings.ts";
import type { Storm } from "./storm/storm.ts";

/** After a capture's own time limit it may still upload; then it is given up. */
const finishGraceMilliseconds = 1_800_000;
/** How long done jobs are kept: a delivery within it is known as the same alert. */
export const retentionMilliseconds = 7 * 86_400_000;

export interface StepOptions {
  captures: CaptureClient;
  settings: ResponderSettings;
  notifiers: readonly Notifier[];
  /** The report of a capture, null while there is none. */
  describe?: ((captureId: string) => Promise<ReportText | null>) | undefined;
  /** Gathers alerts into incidents; null: each alert has a recording of its own, at once. */
  storm: Storm | null;
  clock: Clock;
  /** Tags of the other jobs that are not done. */
  busyTags(): Promise<ReadonlySet<string>>;
  /** Captures are placed one after another, so that each placement sees the one before. */
  placeAlone<Result>(work: () => Promise<Result>): Promise<Result>;
  signal: AbortSignal;
}

/** What a step made of the job; without `dueAt` the next step follows at once. */
export interface StepResult {
  job: Job;
  dueAt?: number;
}

/** Runs the job's current step. Throws for what went wrong in it; the job is then as it was. */
export function runStep(job: Job, options: StepOptions): Promise<StepResult> {
  const { storm } = options;
  switch (job.step) {
    case "join":
    case "queue":
    case "shared":
      // Without incidents (they were switched off meanwhile) the job goes on by itself.
      return storm?.[job.step](job) ?? Promise.resolve({ job: { ...job, step: "locate" } });
    case "locate":
      return locate(job, options);
    case "place":
      return options.placeAlone(() => place(job, options));
    case "poll":
      return poll(job, options);
    case "report":
      return report(job, options);
    case "notify":
      return notify(job, options);
    case "done":
      return Promise.resolve({ job });
  }
}

/** When a capture that is still not finished is given up (ms since the epoch). */
export const pollDeadline = (job: Job, settings: ResponderSettings): number =>
  (job.placedAt ?? job.acceptedAt) + timeLimitOf(job, settings) * 1_000 + finishGraceMilliseconds;

async function locate(job: Job, { captures, signal }: StepOptions): Promise<StepResult> {
  const machine = await captures.findMachine(job.alert.resourceId, signal);
  const watcher = await captures.findWatcher(machine, signal);
  return { job: { ...job, step: "place", attemptCount: 0, machine, watcher } };
}

async function place(waiting: Job, options: StepOptions): Promise<StepResult> {
  const job = (await options.storm?.begin(waiting)) ?? waiting;
  const { machine, watcher, alert } = job;
  if (!machine || !watcher)
    throw new NightcapError("InvalidRequest", `job ${job.jobId} lost its machine`);
  const now = options.clock.now();
  const placed = await placeCapture(
    {
      ruleName: alert.ruleName,
      jobId: job.jobId,
      machine,
      watcher,
      timeLimitInSeconds: timeLimitOf(job, options.settings),
      moment: job.recording?.moment ?? momentOf(alert),
      filters: alert.filters ?? options.settings.filters,
    },
    { ...options, now, busyTags: await options.busyTags() },
  );
  if (placed.kind === "limitReached") {
    const message = `no capture made: ${limitText(placed, machine.name, options.settings)}`;
    return { job: withOutcome(job, { kind: "limitReached", message, status: null }, now) };
  }
  if (placed.kind === "shared") return sharing(job, placed, now);
  const adopted = placed.kind === "adopted";
  const { capture } = placed;
  const polling: Job = { ...job, step: "poll", attemptCount: 0, capture, adopted, placedAt: now };
  await options.storm?.placed(polling);
  return { job: polling };
}

const limitText = (
  { runningCount, limitOf }: PlacementRefused,
  machineName: string,
  { sessionCountMax, hostSessionCountMax }: ResponderSettings,
): string =>
  limitOf === "host"
    ? `${runningCount} packet captures run on ${machineName} already, the limit of one host is ${hostSessionCountMax}`
    : `${runningCount} packet captures run already, the session limit is ${sessionCountMax}`;

/** The job of an alert whose packets are in another's capture: people are told of that one. */
function sharing(job: Job, { capture, leftSeconds }: PlacementShared, now: number): StepResult {
  const left =
    leftSeconds === null ? "which is about to begin" : `which goes on for ${leftSeconds} s`;
  const message = `shares packet capture "${capture.name}", ${left}`;
  const outcome: JobOutcome = { kind: "captured", message, status: null };
  const ended = { outcome, outcomeAt: now, finishedAt: now };
  return {
    job: { ...job, ...ended, step: "done", capture, adopted: true, placedAt: now },
    dueAt: now + retentionMilliseconds,
  };
}

async function poll(
  job: Job,
  { captures, settings, clock, signal }: StepOptions,
): Promise<StepResult> {
  const { capture, watcher } = job;
  if (!capture || !watcher)
    throw new NightcapError("InvalidRequest", `job ${job.jobId} lost its capture`);
  const status = await captures.getStatus(watcher, capture.name, signal);
  const now = clock.now();
  if (status === null) {
    const message = `packet capture "${capture.name}" was deleted before it was finished`;
    return { job: withOutcome(job, { kind: "captureFailed", message, status }, now) };
  }
  if (isFinished(status)) {
    // Azure fills in the path at the end where it does not know it at the beginning.
    const found = (await captures.getCapture(watcher, capture.name, signal)) ?? capture;
    const outcome: JobOutcome = { ...describeOutcome(found, status), status };
    return { job: withOutcome({ ...job, capture: found }, outcome, now) };
  }
  if (now >= pollDeadline(job, settings)) {
    const message = `packet capture "${capture.name}" is ${status.status} still, ${finishGraceMilliseconds / 60_000} minutes after its time limit`;
    return { job: withOutcome(job, { kind: "captureFailed", message, status }, now) };
  }
  return { job: { ...job, attemptCount: 0 }, dueAt: now + settings.pollIntervalMilliseconds };
}

/** Waits a while for the report, then records what people will be told. */
async function report(job: Job, options: StepOptions): Promise<StepResult> {
  const { describe, settings, clock, storm } = options;
  await storm?.over(job);
  const now = clock.now();
  const waitsUntil = (job.outcomeAt ?? now) + settings.reportWaitMilliseconds;
  const wanted = describe && job.capture && job.outcome?.status ? job.capture.id : null;
  // A report that cannot be had must not keep the notification back.
  const text = describe && wanted !== null ? await describe(wanted).catch(() => null) : null;
  if (wanted !== null && text === null && now < waitsUntil) {
    return { job, dueAt: Math.min(waitsUntil, now + settings.pollIntervalMilliseconds) };
  }
  const notification = composeNotification(job, text);
  const { text: told, link } = notification;
  const incident =
    (await storm?.answered(job, {
      text: told,
      link,
      answer: text?.answer ?? null,
    })) ?? null;
  const notifiers = incident?.isExpected
    ? options.notifiers.filter(({ name }) => name === logNotifierName)
    : options.notifiers;
  const whole = incident ? { ...notification, incident } : notification;
  return { job: toNotify(job, whole, { notifiers }) };
}

/** The job with what people will be told. */
export function toNotify(
  job: Job,
  notification: Notification,
  { notifiers }: Pick<StepOptions, "notifiers">,
): Job {
  const deliveries = Object.fromEntries(
    notifiers.map(({ name }) => [name, { state: "waiting" as const, attemptCount: 0 }]),
  );
  return { ...job, step: "notify", attemptCount: 0, notification, deliveries };
}

/** Sends to the first receiver that waits; each is recorded before the next is called. */
async function notify(job: Job, options: StepOptions): Promise<StepResult> {
  const { notifiers, clock, signal, storm } = options;
  const { notification } = job;
  const isFirst = Object.values(job.deliveries).every(({ state }) => state === "waiting");
  if (isFirst) await storm?.wakeShared(job);
  const next = notifiers.find(({ name }) => job.deliveries[name]?.state === "waiting");
  if (!next || !notification) {
    const now = clock.now();
    const done: Job = { ...job, step: "done", finishedAt: now };
    return { job: done, dueAt: now + retentionMilliseconds };
  }
  await next.send(notification, signal);
  return { job: withDelivery(job, next.name, "sent") };
}

/** The job after the last try for its current receiver failed: that one is given up, others are not. */
export function withFailedDelivery(job: Job, notifiers: readonly Notifier[]): Job {
  const failed = notifiers.find(({ name }) => job.deliveries[name]?.state === "waiting");
  return failed ? withDelivery(job, failed.name, "failed") : job;
}

function withDelivery(job: Job, name: string, state: "sent" | "failed"): Job {
  const attemptCount = job.attemptCount + 1;
  const deliveries = { ...job.deliveries, [name]: { state, attemptCount } };
  return { ...job, attemptCount: 0, deliveries };
}
