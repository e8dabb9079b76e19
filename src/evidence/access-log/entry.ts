import { createHash } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "../canonical-json.ts";
import { detachedSignature } from "../signature.ts";

/** What the entry before the first one has for a hash. */
export const noHash = "0".repeat(64);
export const headType = "nightcap-log-head+json";
/** Targets are names of blobs and ids; a line is never longer than this. */
export const lineSizeBytesMax = 32 << 10;
const textLengthMax = 2_048;

const text = z.string().max(textLengthMax);
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

export const accessKind = z.enum([
  /** Before the first byte of a capture is handed out; `end` tells what came of it. */
  "download",
  "copy",
  "write",
  "delete",
  /** How the entry that it refers to ended. */
  "end",
  "report",
  /** The control plane read the capture itself, to inspect it. */
  "inspection",
  "hold",
  "manifestSigned",
  "keyRotated",
  "logRead",
  /** The log was opened; `sizeBytes` of a torn last line were cut off, if any. */
  "opened",
  /** A signature of the entry before it. */
  "head",
  /** Segments up to the entry that it refers to were deleted, being too old. */
  "pruned",
]);

/** What happened, before it has its place in the chain. */
export const accessFacts = z.strictObject({
  kind: accessKind,
  /** Token, account key, SAS, report link, host, or the control plane itself; with what is known of who it is. */
  who: z.strictObject({
    kind: z.enum(["token", "key", "sas", "link", "host", "system"]),
    id: text.optional(),
    name: text.optional(),
  }),
  address: text.nullable(),
  /** The blob with its container, a session, or whatever it was done to. */
  target: text,
  offset: z.int().min(0).optional(),
  sizeBytes: z.int().min(0).optional(),
  status: z.int().optional(),
  /** False: it broke off. */
  complete: z.boolean().optional(),
  refersTo: z.int().min(0).optional(),
  detail: text.optional(),
});

export const accessEntry = accessFacts.extend({
  sequence: z.int().min(1),
  /** SHA-256 of the line before, without its line break. */
  previous: sha256Hex,
  /** ISO 8601, UTC. */
  time: z.iso.datetime(),
  jws: detachedSignature.optional(),
});

export type AccessFacts = z.infer<typeof accessFacts>;
export type AccessEntry = z.infer<typeof accessEntry>;

/** The end of a chain. */
export const logHead = z.object({ sequence: z.int().min(0), sha256: z.string() });
export type LogHead = z.infer<typeof logHead>;

/** One entry as a line of the log, without its line break. */
export const entryLine = (entry: AccessEntry): string => canonicalJson(entry);

export const lineHash = (line: string | Uint8Array): string =>
  createHash("sha256").update(line).digest("hex");

/** Null when the line is no entry, or not written as we write them. */
export function parseLine(line: string): AccessEntry | null {
  try {
    const entry = accessEntry.parse(JSON.parse(line));
    return entryLine(entry) === line ? entry : null;
  } catch {
    return null;
  }
}
