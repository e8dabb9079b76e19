import { type Clock, isoTime } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import type { KeyRing } from "../../evidence/key-ring.ts";
import { type CaptureManifest, signManifest } from "../../evidence/manifest.ts";
import {
  type CaptureSession,
  captureSessionCollection,
} from "../../provider/captures/capture-session.ts";
import type { FiredAlert } from "../../report/report-input.ts";
import type { State } from "../../state/state.ts";
import { type SessionLoop, startSessionLoop } from "../session-loop.ts";
import { describeManifest } from "./describe-manifest.ts";
import type { ManifestChain } from "./manifest-chain.ts";
import { listManifestFiles, type Places } from "./manifest-files.ts";
import { placeManifest } from "./place-manifest.ts";
import type { RemoteManifests } from "./remote-manifests.ts";

export interface ManifestLoopOptions extends Places {
  state: State;
  chain: ManifestChain;
  keys: Pick<KeyRing, "current">;
  /** Of captures that are in no store of ours. */
  remote: RemoteManifests;
  /** Where the access log is now; null: there is none. */
  logHead(): CaptureManifest["accessLog"];
  alertOf(captureId: string): Promise<FiredAlert | null>;
  /** The incident that it was recorded for; null: for none. */
  incidentOf(captureId: string): Promise<string | null>;
  onSigned?(sessionId: string): void;
  /** Milliseconds between two looks through all sessions. */
  scanMilliseconds?: number;
  clock: Clock;
  log: Log;
}

/** Gives each capture that has its result a signed manifest, once; each step may run twice. */
export function startManifestLoop(options: ManifestLoopOptions): SessionLoop {
  const { state, chain, log, scanMilliseconds } = options;
  return startSessionLoop({
    sessions: state.documents<CaptureSession>(captureSessionCollection),
    ...(scanMilliseconds === undefined ? {} : { scanMilliseconds }),
    isDue: ({ observed, result }) => observed?.phase === "finished" && result !== null,
    done: (sessionIds) => chain.placed(sessionIds),
    async work(session) {
      await finish(options, session).catch((error: unknown) => {
        const reason = describeError(error);
        const { sessionId } = session.spec;
        log.error({ sessionId, reason }, "capture has no manifest beside it yet");
      });
    },
    onError(error) {
      log.error({ reason: describeError(error) }, "manifests cannot be made");
    },
  });
}

/** Signed first, and put beside the capture then: what is signed is signed once, wherever a crash comes. */
async function finish(options: ManifestLoopOptions, session: CaptureSession): Promise<void> {
  const { chain, state, keys, clock, log } = options;
  const { sessionId } = session.spec;
  let kept = await chain.of(sessionId);
  if (kept?.placed) return;
  if (!kept) {
    const alert = await options.alertOf(session.captureId);
    const incidentId = await options.incidentOf(session.captureId);
    const facts = await describeManifest(session, { state, alert, incidentId });
    const files = await listManifestFiles(session, options);
    kept = await chain.add(sessionId, (head) =>
      signManifest(
        {
          ...facts,
          ...files,
          sequence: head.sequence + 1,
          previousSha256: head.sha256,
          signedAt: isoTime(clock.now()),
          accessLog: options.logHead(),
        },
        keys.current(),
      ),
    );
    options.onSigned?.(sessionId);
    log.info({ sessionId, sequence: kept.signed.manifest.sequence }, "manifest signed");
  }
  await placeManifest(kept.signed, session, options);
  await chain.markPlaced(sessionId);
}
