import { type FlightRecorder, openFlightRecorder } from "../capture/flight/flight-recorder.ts";
import { removeRingInMemory } from "../capture/flight/ring-folder.ts";
import type { CaptureObservation } from "../capture/session.ts";
import type { Clock } from "../common/clock.ts";
import { describeError } from "../common/errors.ts";
import type { HostState } from "../common/host-state.ts";
import type { Log } from "../common/log.ts";
import type { AgentSettings } from "./settings.ts";

/** Sessions whose coverage goes with a hello: it is as large as the rest of a session, and one frame has all. */
const coveredSessionCountMax = 1_000;

const reasonLengthMax = 1_000;

/** The recorder, or why there is none. */
export interface Flight {
  recorder: FlightRecorder | null;
  off: HostState["recorderOff"];
}

/**
 * The flight recorder, when it is wanted. A host that cannot have one is watched all the same: each
 * capture with look-back says that nothing from before is in it.
 */
export async function openFlight(
  { flightRecorder: settings, directory, networkNamespace }: AgentSettings,
  { clock, log }: { clock: Clock; log: Log },
): Promise<Flight> {
  if (!settings.enabled) {
    await removeRingInMemory(directory);
    return { recorder: null, off: { code: "turnedOff", message: "" } };
  }
  try {
    const options = { settings, owner: directory, networkNamespace, clock, log };
    return { recorder: await openFlightRecorder(options), off: null };
  } catch (error) {
    const reason = describeError(error);
    log.error({ reason }, "flight recorder is off");
    return { recorder: null, off: { code: "failed", message: reason.slice(0, reasonLengthMax) } };
  }
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
