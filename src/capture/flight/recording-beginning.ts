import type { Clock } from "../../common/clock.ts";
import { liveParts } from "../parts.ts";
import { readEdge, type RecordingEdge } from "./recording-edge.ts";

const pollMilliseconds = 50;
/** After the first packet the next ones are waited for, so that the edge has some to compare. */
const edgeMilliseconds = 400;
/** A recording that is silent so long has no packet of more than a second ago. */
const silenceMilliseconds = 1_200;
const silentBeforeMilliseconds = 1_000;
const startMilliseconds = 20_000;

/** Milliseconds since the epoch. */
export const beginningOf = ({ seconds, nanoseconds }: RecordingEdge): number =>
  seconds * 1_000 + nanoseconds / 1e6;

/** Where the session's own recording of an interface begins; or until when it has nothing. */
export async function recordingBeginning(
  name: string,
  how: {
    directory: string;
    clock: Clock;
    isRecording: () => boolean;
    /** Its first packet is there; what follows it is waited for. */
    onFirst: (at: number) => void;
    signal: AbortSignal;
  },
): Promise<{ edge: RecordingEdge | null; endMilliseconds: number }> {
  const { directory, clock, isRecording, onFirst, signal } = how;
  const begun = performance.now();
  let seen: number | null = null;
  for (;;) {
    const isLast = !isRecording(); // asked first: what there is then is all there is
    const paths = await liveParts(directory, name);
    const edge = await firstEdge(paths);
    if (edge) {
      onFirst(beginningOf(edge));
      if (isLast) return { edge, endMilliseconds: 0 };
      await clock.sleep(edgeMilliseconds, signal);
      return { edge: (await firstEdge(paths)) ?? edge, endMilliseconds: 0 };
    }
    if (isLast) return { edge: null, endMilliseconds: clock.now() };
    const now = performance.now();
    if (paths.length > 0) seen ??= now;
    if (seen !== null && now - seen >= silenceMilliseconds) {
      return { edge: null, endMilliseconds: clock.now() - silentBeforeMilliseconds };
    }
    if (now - begun >= startMilliseconds) return { edge: null, endMilliseconds: clock.now() };
    await clock.sleep(pollMilliseconds, signal);
  }
}

/** A recording that broke off before its first packet began again in the next file. */
async function firstEdge(paths: readonly string[]): Promise<RecordingEdge | null> {
  for (const path of paths) {
    const edge = await readEdge(path);
    if (edge) return edge;
  }
  return null;
}
