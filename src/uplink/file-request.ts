import { z } from "zod";
import { sideFileKind } from "../capture/session.ts";

const overwrittenNamesMax = 100;
const name = z.string().regex(/^\d{5,10}_\d{14}$/);

/** What a host sends to `POST /agent/captureFiles`, with its certificate: a file of a session is ready. */
export const fileRequest = z.strictObject({
  sessionId: z.uuid(),
  /** The file that it is about to upload, one of several or one beside the capture; null: none. */
  name: z.union([sideFileKind, name]).nullable(),
  /** Files that it has overwritten: their blobs are to be deleted before the answer. */
  overwritten: z.array(name).max(overwrittenNamesMax),
});

/** Where the file goes: a blob's URL with a token, which is a secret; null when no file was named. */
export const fileAnswer = z.object({ uploadUrl: z.string().max(8_192).nullable() });
