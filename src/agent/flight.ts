import { type FlightRecorder, openFlightRecorder } from "../capture/flight/flight-recorder.ts";
import { removeRingInMemory } from "../capture/flight/ring-folder.ts";
import type { CaptureObservation } from "../capture/session.ts";
import type { Clock } from "../common/clock.ts";
import { describeError } from "../common/errors.ts";
import type { Log } from "../common/log.ts";
import type { AgentSettings } from "./settings.ts";

/** Sessions whose coverage goes with a hello: it is as large as the rest of a session, and one frame has all. */
const coveredSessionCountMax = 1_000;

/**
 * The flight recorder, when it is wanted. A host that cannot have one is watched all the same: each
 * capture with look-back says that nothing from before is in it.
 */
export async function openFlight(
  { flightRecorder: settings, directory, networkNamespace }: AgentSettings,
  { clock, log }: { clock: Clock; log: Log },
): Promise<FlightRecorder | null> {
  if (!settings.enabled) {
    await removeRingInMemory(directory);
    return null;
  }
  const options = { settings, owner: directory, networkNamespace, clock, log };
  return openFlightRecorder(options).catch((error: unknown) => {
    log.error({ reason: describeError(error) }, "flight recorder is off");
    return null;
  });
}

/** The sessions as a hello tells them: only the newest with their coverage, so that all fit one frame. */
export function helloSessions(sessions: readonly CaptureObservation[]): CaptureObservation[] {
  const older = sessions.length - coveredSessionCountMax;
  return sessions.map((session, at) => {
    if (at >= older) return session;
    const { coverage: _, ...rest } = session;
    return rest;
  });
}
