import { join } from "node:path";
import { describeFilter } from "../../arm/capture-filter.ts";
import { isoTime } from "../../common/clock.ts";
import type { HttpHandler } from "../../common/http.ts";
import type { Closable } from "../../common/lifecycle.ts";
import type { LogQueries } from "../../logs/log-queries.ts";
import {
  type CaptureSession,
  captureSessionCollection,
} from "../../provider/captures/capture-session.ts";
import { machineRecords } from "../../provider/compute/machines.ts";
import { privacyText } from "../../inspection/tools/privacy/privacy-policy.ts";
import type { ReportInput } from "../../report/report-input.ts";
import type { State } from "../../state/state.ts";
import type { ServerContext } from "../context.ts";
import type { SealedPart } from "../encryption/encryption.ts";
import { storeSettings } from "../flows/flows.ts";
import type { EmbeddedStorage } from "../storage.ts";
import { createReportLinks } from "./report-link.ts";
import { readBaselines, readHistory } from "./change-baselines.ts";
import { groupsOf } from "./capture-groups.ts";
import { changeMetricOf, type ChangeRequest, coveredFrom, momentOf } from "./change-request.ts";
import { type FactsSource, packetIndexFile } from "./report-task.ts";
import { type CaptureGroup, createGroupReports } from "./group-reports.ts";
import type { IndexPlace } from "../packets/book-thread.ts";
import { readReportFile, replaceReportFile, ReportKeys, sealedReports } from "./report-file.ts";
import { startResultLoop } from "./result-loop.ts";

/** From what an alert tells of to the alert, where no recording says. */
const alertMillisecondsMax = 300_000;

/** Reports of finished captures: made, found again, and handed out. */
export interface Results extends Closable {
  readonly handler: HttpHandler;
  /** A link to a report, which ends then; milliseconds since the epoch. */
  linkTo(sessionId: string, until: number): string;
  /** Reports, as they are encrypted. */
  readonly sealed: SealedPart;
  /** Where the packets of a session's capture lie, beside its report. */
  packetsOf(sessionId: string): IndexPlace;
  /** The session may have finished. */
  wake(sessionId: string): void;
}

/** Whoever had captures made knows why. */
export interface CaptureRequester {
  /** The alert that asked for the capture with this ARM id; null when none did. */
  alertOf(captureId: string): Promise<ReportInput["alert"]>;
  /** The captures of its alert on several hosts, and of its incident. */
  groupsOf(captureId: string): Promise<CaptureGroup[]>;
}

export interface ResultParts {
  storage: EmbeddedStorage;
  requester: CaptureRequester;
  queries: Pick<LogQueries, "run">;
  /** What is known of addresses, where that is loaded. */
  factsOf: FactsSource;
  /** A session has its result. */
  onResult(sessionId: string): void;
  /** Somebody is about to be shown a report. Rejects to refuse it. */
  onView(request: Request, view: { sessionId: string; form: string }): Promise<void>;
}

export function startResults(context: ServerContext, parts: ResultParts): Results {
  const { settings, state, installation, baseUrl, log } = context;
  const { storage, requester, factsOf } = parts;
  const reports = join(settings.directory, "reports");
  const directoryOf = (sessionId: string): string => join(reports, sessionId);
  const keys = context.keys?.ring ?? null;
  const reportKeys = new ReportKeys(keys);
  const secret = Buffer.from(installation.reportLinkKey, "base64url");
  const links = createReportLinks({
    baseUrl,
    secret,
    directoryOf,
    keys,
    now: () => context.clock.now(),
    onView: (request, view) => parts.onView(request, view),
  });
  const loop = startResultLoop({
    state,
    store: storage.store,
    addressOf: (path) => storage.addressOf(path),
    directoryOf,
    linkTo: (sessionId) => links.linkTo(sessionId),
    describeSession: async (session) => ({
      capture: describeSession(session),
      alert: await requester.alertOf(session.captureId),
      createdAt: isoTime(context.clock.now()),
    }),
    changeOf: (session, alert, signal) => changeOf(context, parts, { session, alert, signal }),
    factsOf,
    reportKeys,
    historyOf: (change, asked, signal) =>
      readHistory(
        { queries: parts.queries, store: storeSettings(settings), log },
        { addresses: change.localAddresses, until: untilOf(change), asked },
        signal,
      ),
    groups: createGroupReports({
      state,
      directoryOf,
      reportKeys,
      linkTo: (reportId) => links.linkTo(reportId),
      groupsOf: (session) => groupsOf(state, session, (id) => requester.groupsOf(id)),
      clock: context.clock,
    }),
    onResult: (sessionId) => parts.onResult(sessionId),
    traffic: {
      settingsPath: join(settings.directory, "traffic.json"),
      stateDirectory: settings.directory,
    },
    log,
  });
  return {
    handler: links.handler,
    linkTo: (sessionId, until) => links.linkTo(sessionId, until),
    sealed: sealedReports({
      directory: reports,
      keys,
      inUse: reportKeys,
      onSealed: (sessionId) => forgetPath(state, sessionId),
    }),
    packetsOf: (sessionId) => packetsPlace(directoryOf(sessionId), reportKeys),
    wake: (sessionId) => loop.wake(sessionId),
    close: () => loop.close(),
  };
}

function packetsPlace(directory: string, keys: ReportKeys): IndexPlace {
  const place = { directory, name: packetIndexFile };
  return {
    read: () => readReportFile(place, keys.ring),
    keep: (index) => keys.use((key) => replaceReportFile(place, index, key)),
  };
}

/** Where the recording begins, or a while before the alert, which comes after what it tells of. */
const untilOf = ({ from, moment }: ChangeRequest): number => from ?? moment - alertMillisecondsMax;

/** The page that the result points to has gone; its link gives the encrypted one. */
async function forgetPath(state: State, sessionId: string): Promise<void> {
  const sessions = state.documents<CaptureSession>(captureSessionCollection);
  for (;;) {
    const found = await sessions.get(sessionId);
    const result = found?.body.result;
    if (!found || result?.reportPath == null) return;
    const { revision, dueAt } = found;
    const body = { ...found.body, result: { ...result, reportPath: null } };
    if (await sessions.put(sessionId, body, { revision, dueAt })) return;
  }
}

interface Asked {
  session: CaptureSession;
  alert: ReportInput["alert"];
  signal: AbortSignal;
}

/** What an alert, or whoever asked for what was before, wants to know of the packets. */
async function changeOf(
  { state, settings, log }: ServerContext,
  { queries }: ResultParts,
  { session, alert, signal }: Asked,
): Promise<ChangeRequest | null> {
  const found = momentOf(session, alert);
  if (!found) return null;
  const machine = await machineRecords(state).get(session.targetId.toLowerCase());
  const localAddresses = (machine?.body.facts?.interfaces ?? []).flatMap(({ addresses }) =>
    addresses.map(({ address }) => address),
  );
  const host = { addresses: localAddresses, moment: found.moment };
  const baselines = await readBaselines(
    { queries, store: storeSettings(settings), log },
    host,
    signal,
  );
  const metric = changeMetricOf(alert?.measures ?? [alert?.metricName ?? ""]);
  return { ...found, from: coveredFrom(session), metric, localAddresses, baselines };
}

/** What the report says of the recording, from its session. */
function describeSession(session: CaptureSession): ReportInput["capture"] {
  const { spec, observed, captureId, targetId, storagePath } = session;
  const { bytesToCapturePerPacket, totalBytesPerSession, timeLimitInSeconds } = spec;
  return {
    name: spec.name,
    host: targetId.split("/").at(-1) ?? null,
    sessionId: spec.sessionId,
    resourceId: captureId,
    filter: spec.filters.map(describeFilter).join(" or "),
    interfaces: spec.interfaces,
    startTime: observed?.captureStartTime ?? null,
    endTime: observed?.captureEndTime ?? null,
    stopReason: observed?.stopReason ?? null,
    limits: { bytesToCapturePerPacket, totalBytesPerSession, timeLimitInSeconds },
    packetsDropped: observed?.packetsDropped ?? null,
    sizeBytes: observed?.sizeBytes ?? 0,
    sha256: observed?.sha256 ?? null,
    storedAt: storagePath === "" ? (observed?.filePath ?? null) : storagePath,
    ...(observed?.coverage ? { coverage: observed.coverage } : {}),
    ...(observed?.privacy ? { privacy: privacyText(observed.privacy) } : {}),
  };
}
