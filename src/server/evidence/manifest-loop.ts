import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, isoTime } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";
import type { KeyRing } from "../../evidence/key-ring.ts";
import { type CaptureManifest, signManifest } from "../../evidence/manifest.ts";
import {
  type CaptureSession,
  captureSessionCollection,
} from "../../provider/captures/capture-session.ts";
import type { FiredAlert } from "../../report/report-input.ts";
import type { State } from "../../state/state.ts";
import { describeManifest } from "./describe-manifest.ts";
import type { ManifestChain } from "./manifest-chain.ts";
import { listManifestFiles, type Places } from "./manifest-files.ts";
import { placeManifest } from "./place-manifest.ts";

/** A session with a result is announced; this finds those that a crash left without a manifest. */
const scanIntervalMilliseconds = 600_000;
const scanPageCount = 100;
const announcedCountMax = 10_000;

export interface ManifestLoopOptions extends Places {
  state: State;
  chain: ManifestChain;
  keys: Pick<KeyRing, "current">;
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

export interface ManifestLoop extends Closable {
  /** The session may have its result. */
  wake(sessionId: string): void;
}

/** Gives each capture that has its result a signed manifest, once; each step may run twice. */
export function startManifestLoop(options: ManifestLoopOptions): ManifestLoop {
  const intervalMilliseconds = options.scanMilliseconds ?? scanIntervalMilliseconds;
  const sessions = options.state.documents<CaptureSession>(captureSessionCollection);
  const announced = new Set<string>();
  let scannedAt = -Infinity;
  const loop = startLoop({
    intervalMilliseconds,
    async work(signal) {
      if (performance.now() - scannedAt >= intervalMilliseconds) {
        scannedAt = performance.now();
        for await (const id of sessionsToSign(options)) announced.add(id);
      }
      for (const id of announced) {
        if (signal.aborted) return;
        announced.delete(id);
        const session = (await sessions.get(id))?.body;
        if (!session || !isSettled(session)) continue;
        await finish(options, session).catch((error: unknown) => {
          const reason = describeError(error);
          options.log.error({ sessionId: id, reason }, "capture has no manifest yet");
        });
      }
    },
    onError(error) {
      scannedAt = -Infinity;
      options.log.error({ reason: describeError(error) }, "manifests cannot be made");
    },
  });
  return {
    wake(sessionId) {
      if (announced.size < announcedCountMax) announced.add(sessionId);
      else scannedAt = -Infinity;
      loop.wake();
    },
    close: () => loop.close(),
  };
}

const isSettled = ({ observed, result }: CaptureSession): boolean =>
  observed?.phase === "finished" && result !== null;

async function* sessionsToSign({ state, chain }: ManifestLoopOptions): AsyncGenerator<string> {
  const sessions = state.documents<CaptureSession>(captureSessionCollection);
  for (let after = "", more = true; more;) {
    const page = await sessions.list({ after, limit: scanPageCount });
    const done = await chain.placed(page.map(({ key }) => key));
    for (const { key, body } of page) if (isSettled(body) && !done.has(key)) yield key;
    after = page.at(-1)?.key ?? after;
    more = page.length === scanPageCount;
    await nextTurn();
  }
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
