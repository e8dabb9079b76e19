import { z } from "zod";
import { targetCountMax } from "./target-settings.ts";

/** Where people are told, besides what the API adds. */
export const notificationSettings = z.strictObject({
  /** Targets as docs/reference/notifications.md has them; `secretFile`, `urlFile` and `caFile` name files. */
  targets: z.array(z.record(z.string(), z.unknown())).max(targetCountMax).default([]),
});
