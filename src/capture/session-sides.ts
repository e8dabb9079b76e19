import { describeError } from "../common/errors.ts";
import type { RunnerContext } from "./runner-context.ts";
import { privateOwners } from "./private-owners.ts";
import { sessionPrivacy } from "./session-privacy.ts";
import type { SessionJournal } from "./session-journal.ts";
import { type SessionRecord, withError } from "./session-record.ts";
import type { CaptureObservation } from "./session.ts";
import { listSideFiles, placeSideFiles, uploadSideFile, writeSideFile } from "./side-files.ts";

interface Sides {
  /** The session's own. */
  directory: string;
  journal: SessionJournal;
}

/** Leaves what lies beside the capture beside its copy on the host; null: there is none. */
export async function placeSides(
  { directory, journal }: Sides,
  capturePath: string | null,
  context: RunnerContext,
): Promise<Pick<CaptureObservation, "sideFiles" | "errors">> {
  const { errors, sessionId } = journal.observation;
  const { fileRoots } = context;
  await writeOwners({ directory, journal }, context);
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

/** A capture is worth having without it: what goes wrong here is logged, and the file is not there. */
async function writeOwners({ directory, journal }: Sides, context: RunnerContext): Promise<void> {
  const { sessionId } = journal.observation;
  const window = packetWindow(journal.record);
  if (!context.ownersOf || window === null) return;
  try {
    const known = await listSideFiles(directory);
    if (known.some(({ kind }) => kind === "owners")) return;
    const lines = await context.ownersOf(window);
    if (lines === null) return;
    const privacy = await sessionPrivacy(journal.record.spec, context);
    await writeSideFile(
      directory,
      "owners",
      privacy?.key ? privateOwners(lines, privacy.key) : lines,
    );
  } catch (error) {
    context.log.warn({ sessionId, reason: describeError(error) }, "owners were not written");
  }
}

/** From the first packet that may be in the capture to the last. */
export function packetWindow({
  spec,
  observation,
}: Pick<SessionRecord, "spec" | "observation">): { from: number; to: number } | null {
  const { captureStartTime, captureEndTime } = observation;
  if (captureStartTime === null || captureEndTime === null) return null;
  const start = Date.parse(captureStartTime);
  const { lookBack } = spec;
  const before = lookBack ? (lookBack.from ?? start) - lookBack.seconds * 1_000 : start;
  return { from: Math.min(start, before), to: Date.parse(captureEndTime) };
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
      send: (path, uploadUrl, end) => context.upload(path, { ...spec, uploadUrl }, end),
      signal,
    });
    done.push(sent.file);
    if (sent.failure !== null) errors = withError(errors, "StorageFailed", sent.failure);
  }
  return done.length === 0 ? { errors } : { sideFiles: done, errors };
}
