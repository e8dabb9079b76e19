import type { Command } from "commander";
import { z } from "zod";
import { openControlPlaneClient } from "../control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "../credentials.ts";
import { writeOut } from "../standard-output.ts";

export const usagePath = "/nightcap/v1/storage/usage";

const classView = z.object({
  class: z.string(),
  sizeBytes: z.number(),
  fileCount: z.number(),
  captureCount: z.number(),
  quotaBytes: z.number().nullable(),
  days: z.number().nullable(),
  oldest: z.string().nullable(),
  heldBytes: z.number(),
  heldCount: z.number(),
  freeableBytes: z.number(),
});

export const usageAnswer = z.object({
  time: z.string(),
  classes: z.array(classView),
  total: z.object({
    sizeBytes: z.number(),
    quotaBytes: z.number().nullable(),
    freeDiskBytes: z.number().nullable(),
  }),
  next: z.array(
    z.object({
      capture: z.string(),
      sessionId: z.string(),
      class: z.string(),
      sizeBytes: z.number(),
      why: z.string(),
    }),
  ),
  planned: z.number(),
  unfinished: z.number(),
  refused: z.array(z.string()),
});
export type Usage = z.infer<typeof usageAnswer>;

/** `nightcap storage usage`: bytes of each class, its quota, what is held, and what would go next. */
export function addUsageCommand(storage: Command): void {
  storage
    .command("usage")
    .description("bytes of each class, its quota, what is held, and what would go next")
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON")
    .action(async ({ state, json }: { state: string; json?: boolean }) => {
      const client = await openControlPlaneClient(await readCredentials(state));
      const usage = usageAnswer.parse(await client.request("GET", usagePath));
      await writeOut(`${json ? JSON.stringify(usage, null, 2) : usageText(usage)}\n`);
    });
}

function usageText({ classes, total, next, planned, unfinished, refused }: Usage): string {
  const free = total.freeDiskBytes === null ? "" : `, ${total.freeDiskBytes} free on the disk`;
  const lines = [
    ...classes.map(classLine),
    `total      ${quotaText(total.sizeBytes, total.quotaBytes)}${free}`,
    ...refused.map((why) => `REFUSED    uploads have no place: ${why}`),
    ...(unfinished > 0 ? [`unfinished ${unfinished} deletions, which are tried again`] : []),
    planned === 0 ? "next       nothing is deleted now" : `next       ${planned} captures`,
    ...next.map(
      (each) => `  ${each.capture}  ${each.class}  ${each.sizeBytes} bytes  (${each.why})`,
    ),
  ];
  return lines.map((line) => line.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?")).join("\n");
}

function classLine(view: Usage["classes"][number]): string {
  const { class: name, sizeBytes, quotaBytes, days, oldest } = view;
  const isCapture = name === "evidence" || name === "bulk";
  const parts = [
    quotaText(sizeBytes, quotaBytes),
    isCapture ? `${view.captureCount} captures` : `${view.fileCount} files`,
    ...(isCapture ? [days === null ? "kept for ever" : `kept ${days} days`] : []),
    ...(oldest === null ? [] : [`oldest ${oldest}`]),
    ...(view.heldCount === 0 ? [] : [`held ${view.heldCount} with ${view.heldBytes} bytes`]),
  ];
  return `${name.padEnd(10)} ${parts.join(", ")}`;
}

const quotaText = (sizeBytes: number, quotaBytes: number | null): string =>
  quotaBytes === null ? `${sizeBytes} bytes` : `${sizeBytes} of ${quotaBytes} bytes`;
