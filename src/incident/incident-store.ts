import type { Clock } from "../common/clock.ts";
import type { DocumentTable } from "../common/documents.ts";
import { NightcapError } from "../common/errors.ts";
import { emptyGate, type Gate } from "./gate.ts";
import { type Incident, incidentIdOf, newIncident } from "./incident.ts";
import { belongsTo, joinIncident, type JoiningAlert } from "./join-incident.ts";
import type { IncidentSettings } from "./settings.ts";
import { dueAtOf, withUpdate } from "./updates.ts";

/** Writers of one document that may come before us; beyond it something is wrong. */
const tryCountMax = 100;
/** Incidents of a host before its last, among which a late repetition of a step finds its alert. */
const earlierCountMax = 4;
const gateKey = "gate";

/** The last incident of a host. */
export interface HostIncidents {
  incidentId: string;
  resourceId: string;
  openedAt: number;
  earlier: readonly string[];
}

/** Each a table for this alone, shared by all processes that answer alerts. */
export interface IncidentTables {
  incidents: DocumentTable<Incident>;
  hosts: DocumentTable<HostIncidents>;
  gate: DocumentTable<Gate>;
}

export interface IncidentStore {
  readonly tables: IncidentTables;
  /** The incident that the alert is in now; the same one however often it is asked. */
  join(resourceId: string, alert: JoiningAlert): Promise<Incident>;
  /** Writes what `change` makes of it; null when there is no such incident. */
  change(incidentId: string, change: (incident: Incident) => Incident): Promise<Incident | null>;
  /** Gives the gate before and after. */
  changeGate(change: (gate: Gate) => Gate): Promise<{ before: Gate; after: Gate }>;
  readGate(): Promise<Gate>;
}

/**
 * Incidents and gate as documents. Each change is one conditional write, repeated when another writer was first; so several
 * processes may work on them, and a crash leaves the state before or after.
 */
export function createIncidentStore(options: {
  tables: IncidentTables;
  settings: IncidentSettings;
  clock: Clock;
}): IncidentStore {
  const { tables, settings, clock } = options;
  const alone = oneAtATime();
  const gateAlone = oneAtATime();
  const change: IncidentStore["change"] = (incidentId, make) =>
    changeDocument(tables.incidents, incidentId, (found) => {
      if (!found) return null;
      const next = make(found);
      return next === found ? null : { body: next, dueAt: dueAtOf(next, clock.now(), settings) };
    });
  return {
    tables,
    change: (incidentId, make) => alone(() => change(incidentId, make)),
    join: (resourceId, alert) => alone(() => joinHost({ resourceId, alert, change, options })),
    async changeGate(make) {
      let before = emptyGate;
      const after = await gateAlone(() =>
        changeDocument(tables.gate, gateKey, (found) => {
          before = found ?? emptyGate;
          const next = make(before);
          return next === before ? null : { body: next, dueAt: null };
        }),
      );
      return { before, after: after ?? emptyGate };
    },
    readGate: async () => (await tables.gate.get(gateKey))?.body ?? emptyGate,
  };
}

async function changeDocument<Body extends object>(
  table: DocumentTable<Body>,
  key: string,
  make: (found: Body | null) => { body: Body; dueAt: number | null } | null,
): Promise<Body | null> {
  for (let count = 0; count < tryCountMax; count++) {
    const found = await table.get(key);
    const wanted = make(found?.body ?? null);
    if (!wanted) return found?.body ?? null;
    const { body, dueAt } = wanted;
    const written = await table.put(key, body, { revision: found?.revision ?? 0, dueAt });
    if (written) return written.body;
  }
  throw new NightcapError("ServiceUnavailable", `document "${key}" is written to all the time`);
}

interface JoinOptions {
  resourceId: string;
  alert: JoiningAlert;
  change: IncidentStore["change"];
  options: { tables: IncidentTables; settings: IncidentSettings; clock: Clock };
}

async function joinHost({ resourceId, alert, change, options }: JoinOptions): Promise<Incident> {
  const { tables, settings, clock } = options;
  const hostKey = resourceId.toLowerCase();
  for (let count = 0; count < tryCountMax; count++) {
    const pointer = await tables.hosts.get(hostKey);
    const known = pointer && (await findAlert(tables, pointer.body, alert.key));
    if (known) return known;
    if (pointer) {
      const { incidentId, openedAt } = pointer.body;
      // The host's document is written first; what it names is made by whoever finds it missing.
      await tables.incidents.put(incidentId, newIncident({ ...pointer.body, incidentId }), {
        revision: 0,
        dueAt: openedAt + settings.quietSeconds * 1_000,
      });
      const joined = await change(incidentId, (incident) =>
        belongsTo(incident, alert, settings)
          ? tellOpened(joinIncident(incident, alert, { settings, now: clock.now() }), clock.now())
          : incident,
      );
      if (joined?.alerts.some(({ key }) => key === alert.key)) return joined;
    }
    const next: HostIncidents = {
      incidentId: incidentIdOf(hostKey, alert.key),
      resourceId,
      openedAt: alert.acceptedAt,
      earlier: pointer
        ? [pointer.body.incidentId, ...pointer.body.earlier].slice(0, earlierCountMax)
        : [],
    };
    await tables.hosts.put(hostKey, next, { revision: pointer?.revision ?? 0 });
  }
  throw new NightcapError("ServiceUnavailable", `incidents of "${resourceId}" cannot be joined`);
}

/** That it is opened is told first, however soon a recording ends. */
const tellOpened = (incident: Incident, now: number): Incident =>
  incident.updates.length === 0 ? withUpdate(incident, { kind: "opened", at: now }) : incident;

async function findAlert(
  { incidents }: IncidentTables,
  { incidentId, earlier }: HostIncidents,
  alertKey: string,
): Promise<Incident | null> {
  const found = await incidents.getMany([incidentId, ...earlier]);
  const bodies = found.map(({ body }) => body);
  return bodies.find(({ alerts }) => alerts.some(({ key }) => key === alertKey)) ?? null;
}

/** Runs what it is given in turn; a failure of one does not stop the next. */
function oneAtATime(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => {});
    return result;
  };
}
