import { sessionTimeLimitInSecondsMax, timeLimitInSecondsMax } from "../../capture/session.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import { type CaptureSession, isActive } from "./capture-session.ts";
import { sessionStore } from "./session-store.ts";

/** A recording as it was made longer; `endsAt` in milliseconds since the epoch, by its host's clock. */
export interface ExtendedCapture {
  sessionId: string;
  timeLimitInSeconds: number;
  endsAt: number;
}

/**
 * Lets a recording that goes on go on for `seconds` more than it was to: what is wanted is recorded, and the reconciler
 * has the host take it. Throws `Conflict` for one that has ended, `InvalidParameter` beyond Azure's longest time.
 */
export async function extendCapture(
  state: State,
  sessionId: string,
  { seconds, now }: { seconds: number; now: number },
): Promise<ExtendedCapture> {
  return state.transact(async (inside) => {
    const session = await sessionStore(inside).update(sessionId, (current) => ({
      session: extended(current, seconds),
      dueAt: now,
    }));
    if (!session) throw new NightcapError("ResourceNotFound", "there is no such recording");
    const { timeLimitInSeconds } = session.spec;
    await noteInResource(inside, session);
    const startedAt = Date.parse(session.observed?.captureStartTime ?? "") || now;
    return { sessionId, timeLimitInSeconds, endsAt: startedAt + timeLimitInSeconds * 1_000 };
  });
}

/** The session with the longer time that is wanted of it. Throws as `extendCapture` does. */
export function extended(session: CaptureSession, seconds: number): CaptureSession {
  const { spec, desired, observed } = session;
  if (desired !== "running" || !isActive(session) || observed?.phase !== "recording") {
    throw new NightcapError("Conflict", `capture "${spec.name}" does not record now`);
  }
  const most = spec.ring ? sessionTimeLimitInSecondsMax : timeLimitInSecondsMax;
  const timeLimitInSeconds = (spec.timeLimitInSeconds || most) + seconds;
  if (timeLimitInSeconds > most) {
    const message = `capture "${spec.name}" would record for ${timeLimitInSeconds} s: ${most} s are the most`;
    throw new NightcapError("InvalidParameter", message);
  }
  const longer = { ...spec, timeLimitInSeconds };
  return { ...session, spec: longer, isExtended: true, commandedAt: null };
}

/** ARM shows what holds now. A ring's time stands among its settings. */
async function noteInResource(state: State, { captureId, spec }: CaptureSession): Promise<void> {
  const resource = await state.resources.get(captureId);
  if (!resource || spec.ring) return;
  const properties = resource.body["properties"] as Record<string, unknown>;
  const { timeLimitInSeconds } = spec;
  const body = { ...resource.body, properties: { ...properties, timeLimitInSeconds } };
  await state.resources.put({ ...resource, body });
}
