import { NightcapError } from "../common/errors.ts";
import { jsonResponse, requestUrl } from "../common/http.ts";
import { emptyGate, type Gate, type OtherCapture } from "../incident/gate.ts";
import type { Incident } from "../incident/incident.ts";
import type { HostIncidents, IncidentTables } from "../incident/incident-store.ts";
import { type IncidentMessage, nameOf, sentenceOf } from "../incident/message.ts";
import type { IncidentSettings } from "../incident/settings.ts";
import { viewIncident, viewWholeIncident } from "../incident/view-incident.ts";
import { isActive } from "../provider/captures/capture-session.ts";
import { sessionStore } from "../provider/captures/session-store.ts";
import { logIncident } from "../responder/incident-runner.ts";
import type { ResponderOptions } from "../responder/responder.ts";
import type { State } from "../state/state.ts";
import type { ServerContext } from "./context.ts";
import { addIncidentMetrics } from "./incident-metrics.ts";
import { notificationOf } from "./incident-notification.ts";
import type { Notifications } from "./notifications.ts";

const listLimitMax = 1_000;
const listLimitDefault = 100;
/** Incidents that are looked through; all of them are kept for a week after their end. */
const readCountMax = 20_000;
const path = "/nightcap/v1/incidents";

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

/** `GET /nightcap/v1/incidents` and `/{id}`; null for other paths. */
export function createIncidentsApi({
  state,
  settings,
  clock,
}: Pick<ServerContext, "state" | "settings" | "clock">): (
  request: Request,
) => Promise<Response | null> {
  const tables = incidentTables(state);
  const incidentSettings = settingsOf(settings);
  return async (request) => {
    const url = requestUrl(request);
    if (request.method !== "GET" || !url.pathname.startsWith(path)) return null;
    if (url.pathname === path) return jsonResponse(200, await list(tables, url.searchParams));
    const id = /^\/([0-9a-f]{1,32})$/.exec(url.pathname.slice(path.length))?.[1];
    const found = id === undefined ? null : await tables.incidents.get(id);
    if (!found) throw new NightcapError("ResourceNotFound", "there is no such incident");
    const gate = (await tables.gate.get("gate"))?.body ?? emptyGate;
    const time = { settings: incidentSettings, now: clock.now() };
    return jsonResponse(200, viewWholeIncident(found.body, gate, time));
  };
}

/** The newest first; `state` and `host` narrow the list. */
async function list(tables: IncidentTables, query: URLSearchParams): Promise<object> {
  const limit = readLimit(query.get("limit"));
  const wantedState = query.get("state");
  const host = query.get("host")?.toLowerCase();
  const all = await tables.incidents.list({ limit: readCountMax });
  const wanted = all
    .map(({ body }) => body)
    .filter(({ state, alerts }) => alerts.length > 0 && (wantedState ?? state) === state)
    .filter(({ resourceId }) => host === undefined || isHost(resourceId, host))
    .toSorted((a, b) => b.openedAt - a.openedAt);
  return { value: wanted.slice(0, limit).map(viewIncident), count: wanted.length };
}

const isHost = (resourceId: string, host: string): boolean =>
  resourceId.toLowerCase() === host || nameOf(resourceId).toLowerCase() === host;

function readLimit(text: string | null): number {
  if (text === null) return listLimitDefault;
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
