// A responder as tests open one. Apart from arm-bed.ts, because a process that is killed a dozen times needs no
// control plane of its own, and loading one would be most of its time.
import { join } from "node:path";
import { systemClock } from "../../src/common/clock.ts";
import { createLog } from "../../src/common/log.ts";
import {
  type AzureConnection,
  createAzureCaptureClient,
} from "../../src/responder/azure-clients.ts";
import type { DocumentTable } from "../../src/common/documents.ts";
import type { Gate, OtherCapture } from "../../src/incident/gate.ts";
import type { IncidentTables } from "../../src/incident/incident-store.ts";
import type { IncidentMessage } from "../../src/incident/message.ts";
import { type IncidentSettings, incidentSettings } from "../../src/incident/settings.ts";
import { logNotifier, webhookNotifier } from "../../src/responder/notifiers.ts";
import { createResponder, type ResponderOptions } from "../../src/responder/responder.ts";
import { responderSettings } from "../../src/responder/settings.ts";
import { openState } from "../../src/state/state.ts";
import { accountId } from "../provider/names.ts";

export const functionKey = "k".repeat(43);
export const testSettings = (change: Record<string, unknown> = {}) =>
  responderSettings.parse({
    storageId: accountId,
    timeLimitInSeconds: 30,
    pollIntervalMilliseconds: 50,
    ...change,
  });

/** A responder over the bed with a table on disk; `file` again is the same responder after a restart. */
export async function openResponder(
  bed: { directory: string; connection: AzureConnection; webhookUrl: string; ca: string },
  options: {
    file?: string;
    /** Gathers alerts into incidents, with these settings. */
    storm?: Partial<IncidentSettings>;
    /** What runs beside what the alerts ask for. */
    runningCaptures?: () => Promise<readonly OtherCapture[]>;
    /** Sees each state of the gate that is written. */
    watchGate?: (gate: Gate) => void;
    /** What the tables are seen through. */
    wrap?: <Body extends object>(table: DocumentTable<Body>) => DocumentTable<Body>;
  } & Partial<ResponderOptions> = {},
) {
  const { file = "jobs.db", storm, watchGate, wrap = (table) => table, ...rest } = options;
  const { runningCaptures, ...change } = rest;
  const state = await openState({ kind: "sqlite", path: join(bed.directory, file) });
  const lines: string[] = [];
  const log = createLog({
    component: "responder",
    destination: { write: (line) => void lines.push(line) },
  });
  const tables: IncidentTables = {
    incidents: wrap(state.documents("incidents")),
    hosts: wrap(state.documents("incidentHosts")),
    gate: watchedTable(wrap(state.documents<Gate>("incidentGate")), watchGate),
  };
  const messages: IncidentMessage[] = [];
  const incidents = {
    tables,
    settings: incidentSettings.parse(storm ?? {}),
    publish: async (message: IncidentMessage) => void messages.push(message),
    ...(runningCaptures && { runningCaptures }),
  };
  const responder = createResponder({
    settings: testSettings(),
    keys: [functionKey],
    captures: createAzureCaptureClient(bed.connection),
    jobs: wrap(state.documents("responderJobs")),
    notifiers: [logNotifier(log), webhookNotifier({ url: bed.webhookUrl, caPem: bed.ca })],
    clock: systemClock,
    log,
    backoff: { minimumMilliseconds: 20, maximumMilliseconds: 40 },
    ...(storm ? { incidents } : {}),
    ...change,
  });
  const listIncidents = async () =>
    (await tables.incidents.list())
      .map(({ body }) => body)
      .toSorted((a, b) => a.openedAt - b.openedAt);
  return { ...responder, lines, tables, messages, listIncidents, close: () => state.close() };
}

function watchedTable<Body extends object>(
  table: DocumentTable<Body>,
  watch: (body: Body) => void = () => {},
): DocumentTable<Body> {
  return {
    ...table,
    async put(...parameters) {
      const written = await table.put(...parameters);
      if (written) watch(written.body);
      return written;
    },
  };
}
