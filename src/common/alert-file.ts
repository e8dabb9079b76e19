import { z } from "zod";

/** Whose lines a followed file may have. */
export const alertFileSources = ["suricata", "falco", "generic"] as const;
export type AlertFileSource = (typeof alertFileSources)[number];

/** A file of lines that another program writes, as the control plane or an agent follows it. */
export const followedFile = z.strictObject({
  path: z.string().min(1).max(4_096),
  /** Whose lines they are; a line of another form is refused and counted. */
  source: z.enum(alertFileSources),
  /** Alerts less severe than this (0 critical to 4 verbose) are passed over; those without a severity are not. */
  severityMax: z.int().min(0).max(4).default(4),
});
export type FollowedFileSettings = z.infer<typeof followedFile>;

const fileCountMax = 16;
export const followedFiles = z.array(followedFile).max(fileCountMax).default([]);

/** Bytes of the lines that an agent sends at once, and that the control plane takes: one line may have a mebibyte. */
export const sentLinesSizeBytesMax = (1 << 20) + (64 << 10);

/** Suricata writes far more events than alerts: what surely is none is not even parsed, or sent. */
const suricataAlert = /"event_type"\s*:\s*"alert"/;

/** False for a line that is no alert for sure. */
export const mayBeAlert = (source: AlertFileSource, line: string): boolean =>
  source !== "suricata" || suricataAlert.test(line);
