import { join } from "node:path";
import type { Closable } from "../../common/lifecycle.ts";
import { openKeyRing } from "../../evidence/key-ring.ts";
import type { FiredAlert } from "../../report/report-input.ts";
import type { ServerContext } from "../context.ts";
import type { EmbeddedStorage } from "../storage.ts";
import { createEvidenceApi } from "./evidence-api.ts";
import { createManifestChain } from "./manifest-chain.ts";
import { startManifestLoop } from "./manifest-loop.ts";

/** What makes captures evidence: signed manifests, the keys that sign them, and who may ask for them. */
export interface Evidence extends Closable {
  /** Answers below `/nightcap/v1/evidence/`; null for other paths. */
  api(request: Request): Promise<Response | null>;
  /** The session may have its result. */
  wake(sessionId: string): void;
}

/** Whoever had captures made knows why. */
export interface EvidenceParts {
  storage: Pick<EmbeddedStorage, "store" | "addressOf">;
  requester: { alertOf(captureId: string): Promise<FiredAlert | null> };
}

export const evidenceDirectory = (directory: string): string => join(directory, "evidence");

export async function openEvidence(
  { settings, state, clock, log }: ServerContext,
  { storage, requester }: EvidenceParts,
): Promise<Evidence> {
  const keys = await openKeyRing(evidenceDirectory(settings.directory), clock);
  const chain = createManifestChain(state);
  const loop = startManifestLoop({
    state,
    chain,
    keys,
    store: storage.store,
    addressOf: (path) => storage.addressOf(path),
    directoryOf: (sessionId) => join(settings.directory, "reports", sessionId),
    alertOf: (captureId) => requester.alertOf(captureId),
    logHead: () => null,
    clock,
    log,
  });
  const api = createEvidenceApi({
    keys,
    chain,
    onRotated: async (keyId) => log.info({ keyId }, "manifests are signed with a new key"),
  });
  return { api, wake: (sessionId) => loop.wake(sessionId), close: () => loop.close() };
}
