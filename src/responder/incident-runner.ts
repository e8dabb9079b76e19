import { type Backoff, backoffDelay } from "../common/backoff.ts";
import type { Clock } from "../common/clock.ts";
import type { StoredDocument } from "../common/documents.ts";
import { describeError } from "../common/errors.ts";
import type { Log } from "../common/log.ts";
import type { Incident, IncidentCounts, IncidentUpdate } from "../incident/incident.ts";
import type { IncidentTables } from "../incident/incident-store.ts";
import { type IncidentMessage, messageOf } from "../incident/message.ts";
import type { IncidentSettings } from "../incident/settings.ts";
import { dueAtOf, passTime } from "../incident/updates.ts";

/** Incidents that are looked at in one go. */
const incidentsAtOnceMax = 32;
/** Tries of one update before it is given up. */
const attemptCountMax = 10;
const retryBackoff: Backoff = { minimumMilliseconds: 1_000, maximumMilliseconds: 60_000 };

export interface IncidentRunnerOptions {
  tables: IncidentTables;
  settings: IncidentSettings;
  /** Takes an update. It is called again after a crash with the same incident and revision: a receiver drops doubles. */
  publish: (message: IncidentMessage, signal: AbortSignal) => Promise<void>;
  counts?: IncidentCounts | undefined;
  clock: Clock;
  log: Log;
  backoff?: Backoff | undefined;
  random?: (() => number) | undefined;
}

/** Takes each incident that is due as far as it goes now; call it again and again, one at a time. */
export async function runDueIncidents(
  options: IncidentRunnerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { tables, clock, log } = options;
  const due = await tables.incidents.due(clock.now(), incidentsAtOnceMax);
  const done = due.map((stored) =>
    drive(stored, options, signal).catch((error: unknown) => {
      if (signal.aborted) return;
      log.error({ incidentId: stored.key, error: describeError(error) }, "incident interrupted");
    }),
  );
  await Promise.all(done);
}

async function drive(
  stored: StoredDocument<Incident>,
  options: IncidentRunnerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { tables, clock, settings } = options;
  let current: StoredDocument<Incident> | null = stored;
  while (current && !signal.aborted && current.dueAt !== null && current.dueAt <= clock.now()) {
    const { key, revision, body } = current;
    if (body.state === "closed" && !body.updates.some(({ state }) => state === "waiting")) {
      return forget(body, tables); // its retention is over
    }
    const next = await step(body, options, signal);
    const dueAt = next.dueAt ?? dueAtOf(next.incident, clock.now(), settings);
    // Null: another writer was first; the incident is looked at again when that one says.
    current = await tables.incidents.put(key, next.incident, { revision, dueAt });
  }
}

async function forget({ incidentId, resourceId }: Incident, tables: IncidentTables): Promise<void> {
  const hostKey = resourceId.toLowerCase();
  const host = await tables.hosts.get(hostKey);
  if (host?.body.incidentId === incidentId) await tables.hosts.delete(hostKey);
  await tables.incidents.delete(incidentId);
}

async function step(
  incident: Incident,
  options: IncidentRunnerOptions,
  signal: AbortSignal,
): Promise<{ incident: Incident; dueAt?: number }> {
  const { clock, settings, publish, counts } = options;
  const waiting = incident.updates.find(({ state }) => state === "waiting");
  if (!waiting) return { incident: passTime(incident, clock.now(), settings) };
  try {
    await publish(messageOf(incident, waiting), signal);
    counts?.update(waiting.kind);
    return { incident: withState(incident, waiting, "sent") };
  } catch (error) {
    signal.throwIfAborted();
    return afterFailure(incident, waiting, { ...options, error });
  }
}

function afterFailure(
  incident: Incident,
  update: IncidentUpdate,
  options: IncidentRunnerOptions & { error: unknown },
): { incident: Incident; dueAt?: number } {
  const { log, clock, backoff, random, error } = options;
  const { revision, attemptCount } = update;
  const { incidentId } = incident;
  log.warn({ incidentId, revision, error: describeError(error) }, "incident update not sent");
  const isLast = attemptCount + 1 >= attemptCountMax;
  const tried = withState(incident, update, isLast ? "failed" : "waiting");
  if (isLast) return { incident: tried };
  return {
    incident: tried,
    dueAt: clock.now() + backoffDelay(backoff ?? retryBackoff, attemptCount, random),
  };
}

function withState(
  incident: Incident,
  { revision, attemptCount }: IncidentUpdate,
  state: IncidentUpdate["state"],
): Incident {
  const updates = incident.updates.map((each) =>
    each.revision === revision ? { ...each, state, attemptCount: attemptCount + 1 } : each,
  );
  return { ...incident, updates };
}

/** The log as a receiver: one line for each update. */
export function logIncident(log: Log): (message: IncidentMessage) => Promise<void> {
  return ({ incidentId, revision, kind, severity, title, text }) => {
    log.info({ incidentId, revision, kind, severity, title, text }, "incident");
    return Promise.resolve();
  };
}
