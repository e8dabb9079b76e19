import { z } from "zod";
import { threatTypes } from "./threat-list.ts";

/** The name of the service tags' copy on disk. */
export const serviceTagsName = "service-tags";

const mebibyte = 1_048_576;
const nameLengthMax = 64;
const textLengthMax = 1_000;

/** What a fetched feed has in common: where it is, how often it is asked for, and how large it may be. */
const source = {
  /** http or https; a name and password belong in no URL. */
  url: z
    .url({ protocol: /^https?$/ })
    .refine((text) => new URL(text).username === "", "a URL with a user name is refused")
    .optional(),
  /** A file on this host, instead of a URL. */
  path: z.string().min(1).optional(),
  refreshSeconds: z.int().min(60).max(2_592_000).default(3_600),
  timeoutSeconds: z.int().min(1).max(600).default(30),
  sizeBytesMax: z
    .int()
    .min(1)
    .max(1_024 * mebibyte)
    .default(64 * mebibyte),
};

const hasOneSource = ({
  url,
  path,
}: {
  url?: string | undefined;
  path?: string | undefined;
}): boolean => (url === undefined) !== (path === undefined);
const oneSource = "either url or path is to be given";

export const serviceTagSettings = z.strictObject(source).refine(hasOneSource, oneSource);

/** A column by its name in the header, or by its place, from 1 on, where there is no header. */
const column = z.union([z.string().min(1).max(nameLengthMax), z.int().min(1).max(1_000)]);

export const threatListSettings = z
  .strictObject({
    ...source,
    /** Letters, digits, dot, bar and underscore: it is also the name of its files. */
    name: z
      .string()
      .max(nameLengthMax)
      .regex(/^[A-Za-z0-9][\w.-]*$/),
    format: z.enum(["detect", "plain", "csv", "stix"]).default("detect"),
    /** Of entries that do not say it themselves. */
    threatType: z.enum(threatTypes).default("WatchList"),
    description: z.string().max(textLengthMax).default(""),
    entryCountMax: z.int().min(1).max(8_000_000).default(1_000_000),
    /** Entries of a plain list with a smaller number behind the address are left out. */
    scoreMin: z.int().min(0).default(0),
    /** The columns of a CSV; those that are not named are looked for under their usual names. */
    columns: z
      .strictObject({
        address: column.optional(),
        threatType: column.optional(),
        description: column.optional(),
        firstSeen: column.optional(),
      })
      .default({}),
    delimiter: z.enum([",", ";", "\t", "|"]).default(","),
  })
  .refine(hasOneSource, oneSource);

export type SourceSettings = z.infer<typeof serviceTagSettings>;
export type ThreatListSettings = z.infer<typeof threatListSettings>;
