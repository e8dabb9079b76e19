import type { AlertEntry } from "../alert/sources/source.ts";
import type { Backoff } from "../common/backoff.ts";
import type { Clock } from "../common/clock.ts";
import type { DocumentTable, StoredDocument } from "../common/documents.ts";
import { describeError } from "../common/errors.ts";
import { type Closable, startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import type { IncidentCounts } from "../incident/incident.ts";
import type { IncidentTables } from "../incident/incident-store.ts";
import type { Expectation } from "../incident/expectation.ts";
import type { IncidentSettings } from "../incident/settings.ts";
import { type IncidentRunnerOptions, runDueIncidents } from "./incident-runner.ts";
import type { OtherCapture } from "../incident/gate.ts";
import { createStorm, type Storm } from "./storm/storm.ts";
import type { CaptureClient } from "./capture-client.ts";
import { type AcceptOptions, acceptAlerts, type AlertResult } from "./accept-alerts.ts";
import { type Admission, handleAlert, type HandleAlertOptions } from "./handle-alert.ts";
import { type AlertDoor, type AlertDoorOptions, createAlertDoor } from "./doors/alert-door.ts";
import { createJobRunner } from "./job-runner.ts";
import type { Job } from "./job.ts";
import type { ReportText } from "./notification.ts";
import type { Notifier } from "./notifiers.ts";
import { resolvedKey } from "./resolved-job.ts";
import type { ResponderSettings } from "./settings.ts";

/** How often a started responder looks for jobs whose time has come. */
const lookIntervalMilliseconds = 200;

export interface ResponderOptions
  extends
    Pick<AcceptOptions, "hosts" | "unplaced" | "onResolved" | "countAlert">,
    Pick<HandleAlertOptions, "hostLabels"> {
  settings: ResponderSettings;
  /** Function keys of the local door. */
  keys: readonly string[];
  /** The other ways in by the local door; none unless told. */
  door?: Omit<AlertDoorOptions, "keys" | "handle">;
  captures: CaptureClient;
  /** One table for this alone; durable where there is a disk. */
  jobs: DocumentTable<Job>;
  notifiers: readonly Notifier[];
  /** The report of a capture by its resource id; null while there is none. */
  describe?: (captureId: string) => Promise<ReportText | null>;
  clock: Clock;
  log: Log;
  /** Gathers alerts into incidents; without it each alert has a recording of its own. */
  incidents?: {
    tables: IncidentTables;
    settings: IncidentSettings;
    publish: IncidentRunnerOptions["publish"];
    counts?: IncidentCounts;
    /** Packet captures that run now: a person's take a place of their host too. */
    runningCaptures?: () => Promise<readonly OtherCapture[]>;
    /** What people said they expect. */
    expectations?: () => Promise<readonly Expectation[]>;
  };
  /** Between tries of a failed step; a second to a minute unless told. */
  backoff?: Backoff;
  random?: () => number;
}

export interface Responder {
  /** The local door: `POST /api/responder`, also with the source in the path. */
  readonly handler: AlertDoor;
  /** The same without a key, for a host that has checked it (Azure's). Resolves as `handler` does. */
  readonly handle: (request: Request, admission?: Admission) => Promise<Response>;
  /** Takes alerts that came by another way than a call. */
  accept(
    entries: readonly AlertEntry[],
    options?: Pick<AcceptOptions, "onlyMachine">,
  ): Promise<AlertResult[]>;
  /** As `handle`, then drives the alert's jobs until their captures are confirmed. */
  handleAndPlace(request: Request, signal: AbortSignal): Promise<Response>;
  /** Takes every job that is due as far as it goes now, and waits for them. */
  runDue(signal: AbortSignal): Promise<void>;
  /** Starts the loop; an accepted alert wakes it. */
  start(): Closable;
  listJobs(query?: { prefix?: string; limit?: number }): Promise<Job[]>;
  /** The jobs of one firing of a rule: one for each machine. */
  findJobs(ruleId: string, firedTime: number): Promise<Job[]>;
}

const jobListDefault = 1_000;

/** From alert to capture; see `Job` for what is recorded and when. */
export function createResponder(options: ResponderOptions): Responder {
  const { jobs, log } = options;
  const storm = stormOf(options);
  let wake = (): void => {};
  const runner = createJobRunner({ ...options, storm, onRoom: () => wake() });
  const acceptOptions = toAccept(options, storm);
  const runIncidents = incidentsAtWork(options);
  const accept = async (request: Request, admission?: Admission) => {
    const handled = await handleAlert(request, acceptOptions, admission);
    if (handled.jobKeys.length > 0) wake();
    return handled;
  };
  const handle: Responder["handle"] = async (request, admission) =>
    (await accept(request, admission)).response;
  const listJobs: Responder["listJobs"] = async ({ prefix = "", limit = jobListDefault } = {}) =>
    (await jobs.list({ prefix, limit })).map(({ body }) => body);
  return {
    handler: createAlertDoor({
      ...options.door,
      // Asked at each call: a key may be replaced.
      get keys() {
        return options.keys;
      },
      handle,
    }),
    handle,
    async accept(entries, { onlyMachine } = {}) {
      const results = await acceptAlerts(entries, { ...acceptOptions, onlyMachine });
      if (results.some(({ jobs: made }) => made.length > 0)) wake();
      return results;
    },
    async handleAndPlace(request, signal) {
      const { response, jobKeys } = await accept(request);
      const driven = await Promise.all(
        jobKeys.map((key) => drivePlaced(key, signal, options, runner)),
      );
      const outcomes = driven.filter((stored) => stored !== null).map(({ body }) => viewJob(body));
      if (outcomes.length === 0) return response;
      const body = { ...((await response.json()) as object), jobs: outcomes };
      return Response.json(body, { status: response.status });
    },
    async runDue(signal) {
      await runner.dispatch(signal);
      await runIncidents(signal);
      await runner.idle();
    },
    start() {
      const abort = new AbortController();
      const loopOf = (work: (signal: AbortSignal) => Promise<void>) =>
        startLoop({
          intervalMilliseconds: lookIntervalMilliseconds,
          work: () => work(abort.signal),
          onError: (error) => log.error({ error: describeError(error) }, "responder loop failed"),
        });
      // Two, so that no alert waits for its recording while others are told of theirs.
      const loop = loopOf((signal) => runner.dispatch(signal));
      const telling = loopOf(runIncidents);
      wake = () => {
        loop.wake();
        telling.wake();
      };
      return {
        async close() {
          wake = () => {};
          abort.abort();
          await Promise.all([loop.close(), telling.close()]);
          await runner.idle();
        },
      };
    },
    listJobs,
    async findJobs(ruleId, firedTime) {
      const found = await listJobs({ prefix: `${ruleId.toLowerCase()}|` });
      return found.filter(({ alert }) => alert.firedTime === firedTime);
    },
  };
}

function stormOf({ incidents, settings, jobs, clock }: ResponderOptions): Storm | null {
  if (!incidents) return null;
  const { settings: incidentSettings, ...others } = incidents;
  return createStorm({ ...others, incidentSettings, settings, jobs, clock });
}

/** Resolved alerts close their part of an incident. */
function toAccept(options: ResponderOptions, storm: Storm | null): HandleAlertOptions {
  const { incidents, onResolved, ...others } = options;
  if (!storm) return onResolved ? { ...others, onResolved } : others;
  return {
    ...others,
    incidents: incidents?.tables,
    async onResolved(alert, resourceIds) {
      for (const resourceId of resourceIds) {
        await storm.resolve(await resolvedKey(options.jobs, alert, resourceId));
      }
      await onResolved?.(alert, resourceIds);
    },
  };
}

/** Nothing where there are no incidents. */
function incidentsAtWork(options: ResponderOptions): (signal: AbortSignal) => Promise<void> {
  const { incidents, clock, log, backoff, random } = options;
  if (!incidents) return () => Promise.resolve();
  const runnerOptions = { ...incidents, clock, log, backoff, random };
  return (signal) => runDueIncidents(runnerOptions, signal);
}

/** Drives one job, through its waits between tries, until its capture is confirmed or it has an outcome. */
async function drivePlaced(
  key: string,
  signal: AbortSignal,
  { clock }: ResponderOptions,
  runner: ReturnType<typeof createJobRunner>,
): Promise<StoredDocument<Job> | null> {
  for (;;) {
    const stored = await runner.drive(key, signal).catch((error: unknown) => {
      if (signal.aborted) return null; // the job is recorded, and the loop goes on with it
      throw error;
    });
    if (!stored || stored.body.step === "shared") return stored;
    if (stored.body.capture || stored.body.outcome) return stored;
    const waitMilliseconds = Math.max(0, (stored.dueAt ?? 0) - clock.now());
    await clock.sleep(waitMilliseconds, signal).catch(() => {});
    if (signal.aborted) return stored;
  }
}

/** A job for programs outside: what became of the alert. */
function viewJob({ jobId, step, capture, outcome }: Job): object {
  return {
    jobId,
    step,
    capture: capture && { id: capture.id, name: capture.name },
    outcome: outcome && { kind: outcome.kind, message: outcome.message },
  };
}
