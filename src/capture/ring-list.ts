import { join } from "node:path";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { readTextIfExists } from "../common/files.ts";
import { captureFile, captureOrigin } from "./session.ts";

/** One finished file and how far it is on its way. */
const ringFile = captureFile.extend({
  /** dumpcap's file or what it was rewritten to, while it was not moved; its name in the session's directory. */
  raw: z.string().nullable(),
  /** Empty until it was moved. */
  sha256: z.string(),
  path: z.string(),
  /** It is gone here; it stays listed until the copy in the store is gone too. */
  overwritten: z.boolean(),
  /** Its upload was begun: there may be a copy in the store. */
  sent: z.boolean(),
});

const ringList = z.strictObject({
  lastNumber: z.int().min(0),
  /** Starts of dumpcap. */
  lastRun: z.int().min(0),
  overwrittenCount: z.int().min(0),
  files: z.array(ringFile),
  /** Which policy all of these were made with. */
  policy: z.string().default(""),
  /** What they were made from, those included that were overwritten since. */
  before: captureOrigin
    .omit({ version: true, keyId: true })
    .default({ packets: 0, packetBytes: 0, packetsEmptied: 0 }),
});

export type RingFile = z.infer<typeof ringFile>;
export type RingList = z.infer<typeof ringList>;

export const ringListPath = (directory: string): string => join(directory, "files.json");

/** The list of a session's own directory; an empty one where there is none yet. */
export async function readRingList(directory: string): Promise<RingList> {
  const path = ringListPath(directory);
  const text = await readTextIfExists(path);
  if (text === null)
    return ringList.parse({ lastNumber: 0, lastRun: 0, overwrittenCount: 0, files: [] });
  try {
    return ringList.parse(JSON.parse(text));
  } catch (cause) {
    throw new NightcapError("CaptureFileFailed", `list of files ${path} cannot be read`, { cause });
  }
}
