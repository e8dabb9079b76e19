import { isoTime } from "../../common/clock.ts";
import {
  type CaptureSession,
  captureSessionCollection,
  isFinished,
} from "../../provider/captures/capture-session.ts";
import type { State } from "../../state/state.ts";
import { makeTrouble, type Trouble } from "./trouble.ts";

/** What failed earlier is history. */
const dayMilliseconds = 24 * 3_600_000;
/** Captures that are looked through. */
const sessionCountMax = 5_000;

/** Captures of the last day that did not do what was asked of them. */
export async function captureTroubles(state: State, now: number): Promise<Trouble[]> {
  const sessions = state.documents<CaptureSession>(captureSessionCollection);
  const found = await sessions.list({ limit: sessionCountMax });
  return found
    .map(({ body }) => body)
    .filter(
      (session) =>
        isFinished(session) && session.desiredAt > now - dayMilliseconds && !isGone(session),
    )
    .flatMap((session) => {
      const errors = session.verdict?.errors ?? session.observed?.errors ?? [];
      const [first] = errors;
      if (!first) return [];
      const { name, sessionId } = session.spec;
      return [
        makeTrouble({
          kind: "captureFailed",
          subject: name,
          count: errors.length,
          detail: `${first.code}: ${first.message}`,
          since: isoTime(session.desiredAt),
          page: `/captures/${sessionId}`,
        }),
      ];
    });
}

const isGone = ({ desired }: CaptureSession): boolean => desired === "deleted";
