import { describeError } from "../common/errors.ts";
import type { RunnerContext } from "./runner-context.ts";
import type { SessionJournal } from "./session-journal.ts";
import { withError } from "./session-record.ts";
import type { CaptureObservation } from "./session.ts";
import { listSideFiles, placeSideFiles, uploadSideFile } from "./side-files.ts";

interface Sides {
  /** The session's own. */
  directory: string;
  journal: SessionJournal;
}

/** Leaves what lies beside the capture beside its copy on the host; null: there is none. */
export async function placeSides(
  { directory, journal }: Sides,
  capturePath: string | null,
  { fileRoots }: RunnerContext,
): Promise<Pick<CaptureObservation, "sideFiles" | "errors">> {
  const { errors, sessionId } = journal.observation;
  const sideFiles = await listSideFiles(directory);
  if (sideFiles.length === 0) return { errors };
  if (capturePath === null) return { sideFiles, errors };
  try {
    const place = { directory, capturePath, sessionId };
    return { sideFiles: await placeSideFiles(sideFiles, place, fileRoots), errors };
  } catch (error) {
    return { sideFiles, errors: withError(errors, "LocalFileFailed", describeError(error)) };
  }
}

/** Uploads them; one that cannot be is an error of the session, which ends all the same. */
export async function uploadSides(
  { directory, journal }: Sides,
  context: RunnerContext,
  signal: AbortSignal,
): Promise<Pick<CaptureObservation, "sideFiles" | "errors">> {
  const { spec, observation } = journal.record;
  let { errors } = observation;
  const sideFiles = observation.sideFiles ?? [];
  const done: typeof sideFiles = [];
  for (const file of sideFiles) {
    const sent = await uploadSideFile(file, {
      ...context,
      directory,
      sessionId: spec.sessionId,
      send: (path, uploadUrl, end) => context.upload(path, { ...spec, uploadUrl }, end, () => {}),
      signal,
    });
    done.push(sent.file);
    if (sent.failure !== null) errors = withError(errors, "StorageFailed", sent.failure);
  }
  return done.length === 0 ? { errors } : { sideFiles: done, errors };
}
