import { isIP } from "node:net";
import { z } from "zod";
import { isoTime } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import { emptyGate, type Gate, type OtherCapture } from "../incident/gate.ts";
import type { Incident } from "../incident/incident.ts";
import type { HostIncidents, IncidentTables } from "../incident/incident-store.ts";
import { type IncidentMessage, nameOf, sentenceOf } from "../incident/message.ts";
import { relatedIncidents } from "../incident/related.ts";
import type { IncidentSettings } from "../incident/settings.ts";
import { viewIncident, viewWholeIncident } from "../incident/view-incident.ts";
import type { Outbox } from "../notify/outbox.ts";
import { isActive } from "../provider/captures/capture-session.ts";
import { sessionStore } from "../provider/captures/session-store.ts";
import { logIncident } from "../responder/incident-runner.ts";
import type { ResponderOptions } from "../responder/responder.ts";
import type { State } from "../state/state.ts";
import type { ServerContext } from "./context.ts";
import { readExpectations } from "./expectations/expectation-store.ts";
import { addIncidentMetrics } from "./incident-metrics.ts";
import { viewedIncident, viewedWholeIncident } from "./incident-shapes.ts";
import { notificationOf } from "./incident-notification.ts";
import { type ApiRoute, route } from "./openapi/route.ts";
import { listOf } from "./openapi/shapes.ts";
import type { Notifications } from "./notifications.ts";

const listLimitMax = 1_000;
const listLimitDefault = 100;
/** Incidents that are looked through; all of them are kept for a week after their end. */
const readCountMax = 20_000;
const path = "/nightcap/v1/incidents";
const idPattern = /^[0-9a-f]{1,32}$/;

export const incidentTables = (state: State): IncidentTables => ({
  incidents: state.documents<Incident>("incidents"),
  hosts: state.documents<HostIncidents>("incidentHosts"),
  gate: state.documents<Gate>("incidentGate"),
});

type IncidentContext = Pick<ServerContext, "settings" | "state" | "metrics" | "clock" | "log">;

/** What the responder gathers alerts with. No more is recorded at once than captures may run. */
export function incidentOptions(
  { settings, state, log, metrics, clock }: IncidentContext,
  { sendNotification }: Pick<Notifications, "sendNotification">,
): NonNullable<ResponderOptions["incidents"]> {
  const logged = logIncident(log);
  const tables = incidentTables(state);
  return {
    tables,
    settings: settingsOf(settings),
    counts: addIncidentMetrics(metrics, tables, clock),
    runningCaptures: () => runningCaptures(state),
    expectations: () => readExpectations(state, clock),
    async publish(message) {
      // Called again after a crash: the outbox knows the incident and the revision, and takes each once.
      await sendNotification(notificationOf(message, await warningsOf(state, message)));
      await logged(message);
    },
  };
}

/** Whoever asked for them. */
export async function runningCaptures(state: State): Promise<OtherCapture[]> {
  const sessions = await sessionStore(state).inProgress();
  return sessions
    .filter(isActive)
    .map(({ targetId, spec }) => ({ host: targetId, name: spec.name }));
}

/** What limits the capture that the update tells of. */
async function warningsOf(state: State, { json }: IncidentMessage): Promise<string[]> {
  if (json.captureId === null) return [];
  const sessions = await sessionStore(state).findAll(json.captureId);
  const warnings = sessions.flatMap(({ observed }) => observed?.coverage?.warnings ?? []);
  return warnings.map(({ message }) => message);
}

const settingsOf = ({
  incidents,
  sessionCountMax,
}: ServerContext["settings"]): IncidentSettings => ({
  ...incidents,
  recordingCountMax: Math.min(incidents.recordingCountMax, sessionCountMax),
});

const incidentsQuery = z.object({
  state: z.string().optional().describe("open or closed"),
  host: z.string().optional().describe("Name or resource id"),
  address: z.string().optional().describe("IP address that it names"),
  limit: z.string().optional().describe("1 to 1,000; 100 unless told"),
});

/** Alerts that belong together, what was recorded of them, and what waits. */
export function incidentRoutes(
  { state, settings, clock }: Pick<ServerContext, "state" | "settings" | "clock">,
  outbox: Pick<Outbox, "deliveriesOf">,
): ApiRoute[] {
  const tables = incidentTables(state);
  const incidentSettings = settingsOf(settings);
  return [
    route(
      {
        method: "GET",
        path,
        summary: "Incidents, the newest first",
        query: incidentsQuery,
        answers: {
          200: {
            description: "Some of them, and how many there are",
            json: listOf(viewedIncident).extend({ count: z.int() }),
          },
        },
      },
      async ({ query }) => ({ status: 200, body: await list(tables, query) }),
    ),
    route(
      {
        method: "GET",
        path: `${path}/{id}`,
        summary: "An incident with its alerts, recordings and updates",
        errors: ["ResourceNotFound"],
        answers: { 200: { description: "All of it", json: viewedWholeIncident } },
      },
      async ({ params: { id } }) => {
        const found = idPattern.test(id) ? await tables.incidents.get(id) : null;
        if (!found) throw new NightcapError("ResourceNotFound", "there is no such incident");
        const gate = (await tables.gate.get("gate"))?.body ?? emptyGate;
        const time = { settings: incidentSettings, now: clock.now() };
        const deliveries = await outbox.deliveriesOf(id);
        const whole = viewWholeIncident(found.body, gate, time, deliveries);
        return {
          status: 200,
          body: { ...whole, ...(await related(tables, found.body, time.now)) },
        };
      },
    ),
  ];
}

/** The newest first; `state`, `host` and `address` narrow the list. */
async function list(tables: IncidentTables, query: z.output<typeof incidentsQuery>) {
  const limit = readLimit(query.limit);
  const wantedState = query.state;
  const host = query.host?.toLowerCase();
  const address = readAddress(query.address);
  const all = await tables.incidents.list({ limit: readCountMax });
  const wanted = all
    .map(({ body }) => body)
    .filter(({ state, alerts }) => alerts.length > 0 && (wantedState ?? state) === state)
    .filter(({ resourceId }) => host === undefined || isHost(resourceId, host))
    .filter((incident) => address === undefined || namesAddress(incident, address))
    .toSorted((a, b) => b.openedAt - a.openedAt);
  return { value: wanted.slice(0, limit).map(viewIncident), count: wanted.length };
}

/** The incidents of other hosts in which the same rule fired. */
async function related(tables: IncidentTables, incident: Incident, now: number) {
  const all = await tables.incidents.list({ limit: readCountMax });
  const { value, count } = relatedIncidents(
    incident,
    all.map(({ body }) => body),
    now,
  );
  return {
    related: value.map(({ openedAt, ...each }) =>
      Object.assign(each, { openedAt: isoTime(openedAt) }),
    ),
    relatedCount: count,
  };
}

const isHost = (resourceId: string, host: string): boolean =>
  resourceId.toLowerCase() === host || nameOf(resourceId).toLowerCase() === host;

function readAddress(text: string | undefined): string | undefined {
  if (text === undefined || isIP(text) !== 0) return text;
  throw new NightcapError("InvalidParameter", `address "${text.slice(0, 60)}" is no IP address`);
}

/** Whether its answer, its alerts or what people were told has the address, and not only one that begins alike. */
function namesAddress(incident: Incident, address: string): boolean {
  const [before, after] = address.includes(":")
    ? ["[\\da-f:]", "[\\da-f]|:[\\da-f:]"]
    : ["[\\d.]", "\\d|\\.\\d"];
  const pattern = `(?<!${before})${address.replaceAll(".", "\\.")}(?!${after})`;
  return new RegExp(pattern, "i").test(JSON.stringify(incident));
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return listLimitDefault;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= listLimitMax) return limit;
  const shown = text.slice(0, 20);
  throw new NightcapError("InvalidParameter", `limit "${shown}": 1 to ${listLimitMax} expected`);
}

/** What a report says of the others that share its capture; null where there are none. */
export async function describeSharing(state: State, incidentId: string): Promise<string | null> {
  const found = await incidentTables(state).incidents.get(incidentId);
  if (!found || found.body.alerts.length < 2) return null;
  return `incident ${incidentId}: ${sentenceOf(found.body)}`;
}
