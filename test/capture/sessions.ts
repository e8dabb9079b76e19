import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  openSessionManager,
  type SessionManager,
  type SessionManagerOptions,
} from "../../src/capture/session-manager.ts";
import {
  captureObservation,
  type CaptureObservation,
  type CaptureSpec,
  captureSpec,
} from "../../src/capture/session.ts";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { until } from "./network.ts";

/** A session of the silent machine's traffic on eth0, one second long, unless told otherwise. */
export function specOf(change: Partial<CaptureSpec>): CaptureSpec {
  return captureSpec.parse({
    sessionId: randomUUID(),
    name: "test",
    interfaces: ["eth0"],
    filters: [{ protocol: "UDP", remotePort: "9" }],
    bytesToCapturePerPacket: 0,
    totalBytesPerSession: 0,
    timeLimitInSeconds: 1,
    filePath: null,
    uploadUrl: null,
    ...change,
  });
}

/** A manager that remembers, and checks, what it was told. */
export async function openObserved(
  options: Pick<SessionManagerOptions, "directory" | "networkNamespace"> &
    Partial<SessionManagerOptions>,
): Promise<{ manager: SessionManager; observed: CaptureObservation[] }> {
  const observed: CaptureObservation[] = [];
  const manager = await openSessionManager({
    fileRoots: [options.directory],
    freeSpaceBytesMin: 0,
    upload: () => Promise.reject(new Error("nothing is to be uploaded")),
    requestFile: () => Promise.reject(new Error("no file is to be uploaded")),
    clock: systemClock,
    log: silentLog,
    onObserved: (observation) => observed.push(captureObservation.parse(observation)),
    ...options,
  });
  return { manager, observed };
}

export function observationOf(manager: SessionManager, { sessionId }: CaptureSpec) {
  const found = manager.observations().find((each) => each.sessionId === sessionId);
  if (!found) throw new Error(`no session ${sessionId}`);
  return found;
}

export async function recording(manager: SessionManager, spec: CaptureSpec): Promise<void> {
  await until("recording", () => {
    const { phase, errors } = observationOf(manager, spec);
    if (phase === "finished") throw new Error(`${spec.name} ended: ${JSON.stringify(errors)}`);
    return phase === "recording";
  });
}

export async function finished(
  manager: SessionManager,
  spec: CaptureSpec,
): Promise<CaptureObservation> {
  await until("finished", () => observationOf(manager, spec).phase === "finished");
  return observationOf(manager, spec);
}

export const sha256Of = (path: string): string =>
  createHash("sha256").update(readFileSync(path)).digest("hex");
