import type { DynamicDetail } from "../alert/dynamic/criterion.ts";
import { seriesPrefix } from "../alert/logs/log-changes.ts";
import type { AlertTransition } from "../alert/transition.ts";
import { isoTime } from "../common/clock.ts";
import { type Closable, Lifecycle } from "../common/lifecycle.ts";
import type { DocumentTable } from "../common/documents.ts";
import { withCapture } from "../incident/incident.ts";
import type { CaptureResult } from "../provider/captures/capture-session.ts";
import type { ExtendedCapture } from "../provider/captures/extend-capture.ts";
import { momentOf } from "../responder/recording-time.ts";
import { sessionStore } from "../provider/captures/session-store.ts";
import type { Audit } from "../provider/kernel/audit.ts";
import type { ReportInput } from "../report/report-input.ts";
import { createAzureCaptureClient } from "../responder/azure-clients.ts";
import { customCloud } from "../responder/clouds.ts";
import type { Job } from "../responder/job.ts";
import type { ReportText } from "../responder/notification.ts";
import { logNotifier, type Notifier, webhookNotifier } from "../responder/notifiers.ts";
import { createResponder, type Responder } from "../responder/responder.ts";
import { responderSettings } from "../responder/settings.ts";
import type { State } from "../state/state.ts";
import { type AgentAlerts, createAgentAlerts } from "./agent-alerts.ts";
import { fileLineCounter, followAlertFiles } from "./alert-files.ts";
import { alertTables } from "./alerting.ts";
import { alertSourceOptions, certificateNames, type ConnectedDoor } from "./alert-sources.ts";
import { logAlertStates } from "./alerts/log-alerting.ts";
import { type ServerContext, storageAccountId } from "./context.ts";
import { keepCredentials } from "./first-credentials.ts";
import { describeSharing, incidentOptions, incidentTables } from "./incidents.ts";
import type { FunctionKeys } from "./function-keys/function-keys.ts";
import type { Identity } from "./identity/identity.ts";
import type { JobView } from "./alert-life-api.ts";
import type { Notifications } from "./notifications.ts";
import { alertGroups, requestedBy } from "./results/alert-groups.ts";
import type { CaptureRequester } from "./results/results.ts";
import { ensureResponder } from "./roles.ts";

/** The control plane is near: looking often costs little and makes the answer quick. */
const pollIntervalMilliseconds = 250;

/** The function as it runs in the control plane: its local door, its jobs, and what it knows of captures. */
export interface LocalResponder extends CaptureRequester, Closable {
  /** The incident that the capture with this ARM id was recorded for; null: for none. */
  incidentOf(captureId: string): Promise<string | null>;
  /** The door of the port that everything has: certificates there are agents', and open nothing here. */
  readonly handler: ConnectedDoor;
  /** The door of the port that asks senders for a certificate. */
  readonly certificateHandler: ConnectedDoor;
  /** Where agents send the lines of the files that they follow. */
  readonly agentAlerts: AgentAlerts;
  /** As which it makes captures. */
  readonly clientId: string;
  /** Where alerts are posted, without the key. */
  readonly url: string;
  /** Begins to work on jobs; the listener must be there, because the responder is its client. */
  start(): void;
  findJob(ruleId: string, firedTime: number): Promise<JobView | null>;
  /** The recording of a capture was made longer: its job waits for it, and its incident says so. */
  extended(captureId: string, extended: ExtendedCapture): Promise<void>;
}

export interface ResponderParts {
  identity: Identity;
  audit: Audit;
  notifications: Notifications;
  functionKeys: Pick<FunctionKeys, "accepted">;
}

/** It reaches ARM as on Azure: over HTTPS, with Azure's SDKs, as a client with a secret of its own. */
export async function openResponder(
  context: ServerContext,
  { identity, audit, notifications, functionKeys }: ResponderParts,
): Promise<LocalResponder> {
  const { settings, state, installation, authority, baseUrl, clock, log } = context;
  const { clientId, clientSecret } = await keepCredentials({
    directory: settings.directory,
    fileName: "responder.json",
    clientName: "responder",
    identity,
    fields: {},
  });
  await ensureResponder(context, clientId);
  const caPem = authority.certificatePem;
  const responder = createResponder({
    settings: responderSettings.parse({
      sessionCountMax: settings.sessionCountMax,
      storageId: storageAccountId(context),
      timeLimitInSeconds: settings.captureSeconds,
      lookBackInSeconds: settings.lookBackSeconds,
      pollIntervalMilliseconds,
    }),
    get keys() {
      return functionKeys.accepted();
    },
    captures: createAzureCaptureClient({
      cloud: customCloud({ resourceManagerUrl: baseUrl, authorityHost: baseUrl }),
      tenantId: installation.tenantId,
      clientId,
      clientSecret,
      caPem,
    }),
    jobs: state.documents<Job>("responderJobs"),
    notifiers: notifiersOf(context, caPem),
    describe: (captureId) => describeCapture(context, captureId),
    incidents: incidentOptions(context, notifications),
    ...alertSourceOptions(context, audit),
    clock,
    log,
  });
  const life = new Lifecycle();
  const countLine = fileLineCounter(context);
  return {
    handler: (request, { remoteAddress }) =>
      responder.handler(request, { address: remoteAddress, certificateNames: null }),
    certificateHandler: (request, connection) =>
      responder.handler(request, {
        address: connection.remoteAddress,
        certificateNames: certificateNames(connection),
      }),
    url: `${baseUrl}/api/responder`,
    clientId,
    agentAlerts: createAgentAlerts(context, { responder, countLine }),
    start: () => {
      life.add(responder.start());
      life.add(followAlertFiles(context, { responder, countLine }));
    },
    close: () => life.close(),
    alertOf: (captureId) => alertOf(context, responder, captureId),
    groupsOf: async (captureId) => alertGroups(await responder.listJobs(), captureId),
    incidentOf: async (captureId) => (await jobOf(responder, captureId))?.incidentId ?? null,
    extended: async (captureId, extended) => {
      const job = await jobOf(responder, captureId);
      if (job) await noteExtended(context.state, job, extended);
    },
    async findJob(ruleId, firedTime) {
      const [job] = await responder.findJobs(ruleId, firedTime);
      return job ? viewJob(job) : null;
    },
  };
}

function notifiersOf({ settings, log }: ServerContext, caPem: string): Notifier[] {
  const webhooks = settings.notificationUrls.map((url) => webhookNotifier({ url, caPem }));
  return [logNotifier(log), ...webhooks];
}

/** The report's text and where it is; null while there is none. */
async function describeCapture(
  { state }: ServerContext,
  captureId: string,
): Promise<ReportText | null> {
  const [found] = await sessionStore(state).findAll(captureId);
  if (!found?.result) return null;
  const { reportLink, text, problem, answer, groupReports = [] } = found.result;
  const together = groupReports.map(({ title, link }) => `${title}, all captures: ${link}`);
  const lines = (first: string): string => [first, ...together].join("\n");
  if (reportLink && text) {
    return { text: lines(text), link: reportLink, ...(answer && { answer: toldOf(answer) }) };
  }
  return problem ? { text: lines(problem), link: found.storagePath } : null;
}

const toldOf = ({
  sentence,
  culprit,
  gist,
}: NonNullable<CaptureResult["answer"]>): NonNullable<ReportText["answer"]> => ({
  sentence,
  ...(culprit && { culprit }),
  ...(gist && { gist }),
});

/** Times that a write is tried again because somebody else wrote first. */
const noteTryCountMax = 20;

async function noteExtended(
  state: State,
  { key, jobId, incidentId }: Job,
  { timeLimitInSeconds, endsAt }: ExtendedCapture,
): Promise<void> {
  const jobs = state.documents<Job>("responderJobs");
  await rewrite(jobs, key, (job) => {
    const moment = job.recording?.moment ?? momentOf(job.alert);
    return { ...job, recording: { timeLimitSeconds: timeLimitInSeconds, moment } };
  });
  if (incidentId === undefined) return;
  await rewrite(incidentTables(state).incidents, incidentId, (incident) =>
    withCapture(incident, jobId, { timeLimitSeconds: timeLimitInSeconds, endsAt }),
  );
}

async function rewrite<Body extends object>(
  table: DocumentTable<Body>,
  key: string,
  change: (body: Body) => Body,
): Promise<void> {
  for (let count = 0; count < noteTryCountMax; count++) {
    const found = await table.get(key);
    if (!found) return;
    const { revision, dueAt, body } = found;
    if (await table.put(key, change(body), { revision, dueAt })) return;
  }
}

/** The job that asked for the capture; one that only shares it did not. */
async function jobOf(responder: Responder, captureId: string): Promise<Job | undefined> {
  return requestedBy(await responder.listJobs(), captureId);
}

/** The alert as the report shows it, from the job that asked for the capture and the rule's last change. */
async function alertOf(
  { state }: ServerContext,
  responder: Responder,
  captureId: string,
): Promise<ReportInput["alert"]> {
  const job = await jobOf(responder, captureId);
  if (!job) return null;
  const sharing =
    job.incidentId === undefined ? null : await describeSharing(state, job.incidentId);
  const { alert } = job;
  const transition = await transitionOf(state, alert);
  const [criterion] = transition?.criteria ?? [];
  return {
    rule: alert.ruleName,
    description: [transition?.description ?? alert.description ?? "", sharing ?? ""]
      .filter((text) => text !== "")
      .join("\n"),
    severity: alert.severity ?? 3,
    firedTime: isoTime(alert.firedTime),
    metricName: criterion?.metricName ?? "",
    operator: criterion?.operator ?? "",
    threshold: criterion?.threshold ?? null,
    timeAggregation: criterion?.timeAggregation ?? "",
    windowSize: transition?.windowSize ?? "",
    metricValue: criterion?.metricValue ?? null,
    ...(criterion?.dynamic && { expected: expectedValues(criterion.dynamic) }),
    measures: measuresOf(alert, criterion),
  };
}

type Criterion = AlertTransition["criteria"][number];

/** A sender's metric, a log rule's column, else what the rule and its query are called: something of it says what grew. */
const measuresOf = ({ metric, ruleName }: Job["alert"], criterion: Criterion | undefined) => [
  criterion?.metricName ?? metric ?? "",
  ruleName,
  criterion?.logs?.searchQuery ?? "",
];

/** The change that the job's alert tells of; of a rule over logs the one that carries its id. */
async function transitionOf(state: State, alert: Job["alert"]): Promise<AlertTransition | null> {
  const ruleId = (alert.ruleId ?? "").toLowerCase();
  const stored = await alertTables(state).states.get(ruleId);
  if (stored) return stored.body.firedTime === alert.firedTime ? stored.body.transition : null;
  const series = await logAlertStates(state).list({ prefix: seriesPrefix(ruleId) });
  const states = series.map(({ body }) => body);
  const fired = states.filter(({ firedTime }) => firedTime === alert.firedTime);
  const own = fired.find(({ alertId }) => alert.dedupeKey.endsWith(alertId.toLowerCase()));
  return own?.transition ?? null;
}

const expectedValues = (dynamic: DynamicDetail) => ({
  low: dynamic.expectedLow,
  high: dynamic.expectedHigh,
  seasonality: dynamic.seasonality,
  sampleCount: dynamic.sampleCount,
});

function viewJob(job: Job): JobView {
  const { step, capture, incidentId = null, outcome, finishedAt } = job;
  return {
    state: step,
    captureName: capture?.name ?? null,
    incidentId,
    outcome: outcome?.message ?? null,
    notifiedTime: finishedAt === null ? null : isoTime(finishedAt),
  };
}
