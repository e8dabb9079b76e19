import { join } from "node:path";
import { describeError } from "../../common/errors.ts";
import { type Closable, Lifecycle } from "../../common/lifecycle.ts";
import { type AccessLog, openAccessLog } from "../../evidence/access-log/access-log.ts";
import { type KeyRing, openKeyRing } from "../../evidence/key-ring.ts";
import { openAccess } from "../../provider/authorization/assignment-store.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { authorizationFailed } from "../../provider/kernel/permit.ts";
import type { FiredAlert } from "../../report/report-input.ts";
import type { ServerContext } from "../context.ts";
import type { EmbeddedStorage } from "../storage.ts";
import { type AccessRecords, createAccessRecords } from "./access-records.ts";
import type { ApiRoute } from "../openapi/route.ts";
import { evidenceRoutes } from "./evidence-api.ts";
import { createManifestChain } from "./manifest-chain.ts";
import type { Places } from "./manifest-files.ts";
import { startManifestLoop } from "./manifest-loop.ts";
import { createRemoteManifests } from "./remote-manifests.ts";
import { createVerifications } from "./verify/verifications.ts";
import { verifyRoutes } from "./verify/verify-api.ts";

/** A data action: no role of Azure's has it, not even Owner. */
const readLogAction = "Nightcap/evidence/log/read";

/** The keys and the access log, which other parts stand on. */
export interface EvidenceLog extends Closable {
  readonly keys: KeyRing;
  readonly log: AccessLog;
  readonly records: AccessRecords;
}

/** What makes captures evidence: signed manifests, and who may ask for them. */
export interface Evidence extends Closable {
  /** Below `/nightcap/v1/evidence/`, and whether captures are what was signed. */
  routes: readonly ApiRoute[];
  /** The session has its result: the control plane has read its capture. */
  inspected(sessionId: string): void;
  /** Somebody is about to be shown a report. Rejects when that must not be. */
  viewed(request: Request, view: { sessionId: string; form: string }): Promise<void>;
  /** A host overwrote a file of its ring. Rejects when that must not be. */
  removed(session: { hostId: string }, blob: string): Promise<void>;
}

export interface EvidenceParts {
  evidenceLog: EvidenceLog;
  storage: Pick<EmbeddedStorage, "store" | "addressOf" | "makeUploadUrl">;
  /** Whoever had captures made knows why. */
  requester: {
    alertOf(captureId: string): Promise<FiredAlert | null>;
    incidentOf(captureId: string): Promise<string | null>;
  };
  addressOf(request: Request): string | null;
}

export async function openEvidenceLog({
  settings,
  clock,
  log: logger,
}: Pick<ServerContext, "settings" | "clock" | "log">): Promise<EvidenceLog> {
  const { evidence } = settings;
  const directory = join(settings.directory, "evidence");
  const keys = await openKeyRing(directory, clock);
  const log = await openAccessLog({
    directory: join(directory, "log"),
    keys,
    clock,
    segmentSizeBytesMax: evidence.logSegmentMebibytes * 2 ** 20,
    segmentCountMax: evidence.logSegmentCountMax,
    headMilliseconds: evidence.logSignSeconds * 1_000,
    onError: (error) => logger.error({ reason: describeError(error) }, "log is not signed"),
  });
  const records = createAccessRecords(log, evidence, logger);
  return { keys, log, records, close: () => log.close() };
}

export function openEvidence(context: ServerContext, parts: EvidenceParts): Evidence {
  const { keys, log: accessLog, records } = parts.evidenceLog;
  const chain = createManifestChain(context.state);
  const life = new Lifecycle();
  const loop = life.add(startManifests(context, parts, chain));
  const system = { who: { kind: "system" }, address: null } as const;
  const addressOf = (request: Request): string | null => parts.addressOf(request);
  const verifications = life.add(
    createVerifications({ ...placesOf(context, parts), ...context, chain, keys, accessLog }),
  );
  return {
    routes: [
      ...evidenceRoutes({
        keys,
        chain,
        accessLog,
        records,
        addressOf,
        checkAuditor: (caller) => checkAuditor(context, caller),
      }),
      ...verifyRoutes({
        state: context.state,
        verifications,
        records,
        addressOf,
        isAuditor: (caller) =>
          checkAuditor(context, caller).then(
            () => true,
            () => false,
          ),
      }),
    ],
    inspected(sessionId) {
      void records.record({ ...system, kind: "inspection", target: sessionId }).catch(() => {});
      loop.wake(sessionId);
    },
    async viewed(request, { sessionId, form }) {
      const who = { kind: "link" } as const;
      const address = parts.addressOf(request);
      await records.record({ kind: "report", who, address, target: sessionId, detail: form });
    },
    async removed({ hostId }, blob) {
      const who = { kind: "host", id: hostId } as const;
      const detail = "overwritten in its ring";
      await records.record({ kind: "delete", who, address: null, target: blob, detail });
    },
    close: () => life.close(),
  };
}

const placesOf = (
  { settings, keys: storageKeys }: Pick<ServerContext, "settings" | "keys">,
  { storage }: Pick<EvidenceParts, "storage">,
): Places => ({
  store: storage.store,
  addressOf: (path) => storage.addressOf(path),
  directoryOf: (sessionId) => join(settings.directory, "reports", sessionId),
  reportKeys: storageKeys?.ring ?? null,
});

function startManifests(
  context: ServerContext,
  parts: EvidenceParts,
  chain: ReturnType<typeof createManifestChain>,
): ReturnType<typeof startManifestLoop> {
  const { state, clock, log } = context;
  const { evidenceLog, storage, requester } = parts;
  const { keys, log: accessLog, records } = evidenceLog;
  return startManifestLoop({
    state,
    chain,
    keys,
    ...placesOf(context, parts),
    remote: createRemoteManifests({
      uploadUrlOf: (url) => storage.makeUploadUrl(url),
      clock,
      log,
    }),
    alertOf: (captureId) => requester.alertOf(captureId),
    incidentOf: (captureId) => requester.incidentOf(captureId),
    logHead: () => accessLog.head(),
    onSigned: (sessionId) => {
      const entry = { kind: "manifestSigned", target: sessionId, address: null } as const;
      const detail = keys.current().keyId;
      void records.record({ ...entry, who: { kind: "system" }, detail }).catch(() => {});
    },
    clock,
    log,
  });
}

async function checkAuditor(
  { state, subscription }: Pick<ServerContext, "state" | "subscription">,
  caller: Caller,
): Promise<void> {
  const access = await openAccess(state, caller.id);
  if (access.allowsData(readLogAction, subscription)) return;
  throw authorizationFailed(caller, readLogAction, subscription);
}
