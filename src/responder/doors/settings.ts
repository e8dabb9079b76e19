import { z } from "zod";
import { hostLabelSettings } from "../../alert/sources/host-labels.ts";
import { sourceNames } from "../../alert/sources/source.ts";
import { followedFiles } from "../../common/alert-file.ts";
import { doorNames } from "./door.ts";

const fileCountMax = 16;
const aliasCountMax = 10_000;
const path = z.string().min(1).max(4_096);
const hostName = z.string().min(1).max(2_048);
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,128}$/)
  .transform((name) => name.toLowerCase());

/** A secret that senders sign with, and where they put what they signed. */
const signature = z.discriminatedUnion("form", [
  z.strictObject({
    /** `sha256=HEX` or the digits alone, as GitHub and Grafana have it, and the time stamp in a header of its own. */
    form: z.literal("sha256"),
    secretFile: path,
    signatureHeader: headerName.default("x-nightcap-signature"),
    /** Unix time in seconds. */
    timeStampHeader: headerName.default("x-nightcap-timestamp"),
    /** Between the time stamp and the body in what is signed; Grafana's is a colon. */
    separator: z.string().max(8).default("."),
  }),
  z.strictObject({
    /** `t=SECONDS,v1=HEX` in one header, as Stripe has it. */
    form: z.literal("stripe"),
    secretFile: path,
    signatureHeader: headerName.default("nightcap-signature"),
  }),
]);
export type SignatureSettings = z.infer<typeof signature>;

const doors = z
  .array(z.enum(doorNames))
  .min(1)
  .max(doorNames.length)
  .transform((list) => [...new Set(list)]);

/** Whose alerts the responder takes, by which ways, and how it finds their hosts. */
export const alertSourceSettings = z
  .strictObject({
    hostLabels: hostLabelSettings,
    /** Other names and addresses of hosts: each to a host's own name. */
    aliases: z
      .record(hostName, hostName)
      .refine((aliases) => Object.keys(aliases).length <= aliasCountMax, {
        error: `at most ${aliasCountMax} aliases allowed`,
      })
      .default({}),
    /** The ways in for alerts of each source; a source that is not here has the function key alone. */
    doors: z.partialRecord(z.enum(sourceNames), doors).default({}),
    /** Each has one token; a second one lets senders change over. */
    bearerTokenFiles: z.array(path).max(fileCountMax).default([]),
    signatures: z.array(signature).max(fileCountMax).default([]),
    certificate: z
      .strictObject({
        /** PEM of those who issue the senders' certificates; nothing else of theirs opens here. */
        authorityFile: path,
        /** TCP port on which certificates are asked for; the other port asks for agents' own. */
        port: z.int().min(0).max(65_535),
        /** Common names or DNS names that are let in; none: all that the authority issued. */
        names: z.array(hostName).max(1_000).default([]),
      })
      .nullable()
      .default(null),
    /** Refusals of one address in a minute that are answered and recorded one by one; more are 429. */
    refusalsPerMinuteMax: z.int().min(1).max(100_000).default(60),
    /** Files that the control plane reads as they grow. */
    files: followedFiles,
  })
  .superRefine((settings, context) => {
    const wanted = new Set(Object.values(settings.doors).flat());
    const missing = [
      ["bearer", settings.bearerTokenFiles.length === 0, "bearerTokenFiles"],
      ["signature", settings.signatures.length === 0, "signatures"],
      ["certificate", settings.certificate === null, "certificate"],
    ] as const;
    for (const [door, isMissing, field] of missing) {
      if (!wanted.has(door) || !isMissing) continue;
      context.addIssue({
        code: "custom",
        message: `doors name "${door}", so ${field} is required`,
      });
    }
    if (settings.doors.azureMonitor?.includes("key") === false) {
      const message =
        'doors.azureMonitor must have "key": this control plane\'s own rules come by it';
      context.addIssue({ code: "custom", message });
    }
  });
