import { z } from "zod";
import { time } from "../openapi/shapes.ts";

/** Kinds of what may be wrong with Nightcap itself; the page has words for each. */
export const troubleKinds = [
  "hostAway",
  "ringFailed",
  "ringTrouble",
  "captureFailed",
  "notificationsLost",
  "alertsUnplaced",
  "storageRefuses",
  "diskLow",
  "deletionStuck",
  "encryptionStuck",
  "blockRefused",
  "flowLoggingFailed",
  "notKnown",
] as const;

/** Something that is wrong with Nightcap itself, now. */
export const trouble = z.object({
  kind: z.enum(troubleKinds),
  severity: z.enum(["bad", "warn"]),
  subject: z.string().nullable().describe("The host, capture or part that it is about"),
  count: z.int().describe("How many there are of it"),
  detail: z.string().nullable(),
  since: time.nullable(),
  page: z.string().nullable().describe("Where below /ui/ more is to be seen"),
});
export type Trouble = z.input<typeof trouble>;

/** What most troubles leave out. */
export const makeTrouble = (given: Pick<Trouble, "kind"> & Partial<Trouble>): Trouble => ({
  severity: "warn",
  subject: null,
  count: 1,
  detail: null,
  since: null,
  page: null,
  ...given,
});
