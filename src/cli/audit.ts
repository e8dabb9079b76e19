import type { Command } from "commander";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { openControlPlaneClient } from "./control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "./credentials.ts";
import { visible } from "../inspection/summary/safe-text.ts";
import { wholeNumber } from "./whole-number.ts";

const limitDefault = 50;
const limitMax = 11_000;

const entry = z.looseObject({
  who: z.object({ id: z.string(), name: z.string() }).nullable(),
  action: z.string(),
  resourceId: z.string(),
  when: z.string(),
  from: z.string().nullable(),
  outcome: z.object({ status: z.number(), code: z.string().nullable() }),
  count: z.number().optional(),
  /** What was asked for, where the path does not say it. */
  detail: z.string().nullish(),
});
const answer = z.object({ value: z.array(entry) });

interface AuditOptions {
  state: string;
  json?: boolean;
  since: string;
  limit: number;
  refused?: boolean;
}

/** `nightcap audit`: every write and every refusal, oldest first. */
export function addAuditCommand(program: Command): void {
  program
    .command("audit")
    .description("who changed what, when, from where, and how it ended; and who was refused")
    .option("--since <time>", "how far back (30m, 24h, 7d), or from when (ISO 8601)", "24h")
    .option("--limit <number>", "the last ones, at most", wholeNumber(limitMax), limitDefault)
    .option("--refused", "only what was refused: nobody known (401), or not allowed (403)")
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON")
    .action(runAudit);
}

async function runAudit(options: AuditOptions): Promise<void> {
  const from = startTime(options.since, Date.now());
  const client = await openControlPlaneClient(await readCredentials(options.state));
  const path = `/nightcap/audit?from=${encodeURIComponent(from)}`;
  const { value } = answer.parse(await client.request("GET", path));
  const wanted = options.refused
    ? value.filter(({ outcome }) => [401, 403].includes(outcome.status))
    : value;
  const shown = wanted.slice(-options.limit);
  const text = shown.length === 0 ? "nothing" : shown.map(oneLine).join("\n");
  process.stdout.write(`${options.json ? JSON.stringify(shown, null, 2) : text}\n`);
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** ISO 8601 of `24h` before `now`, or of a time. */
export function startTime(text: string, now: number): string {
  const [, amount = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = secondsOf[unit];
  const time = seconds === undefined ? Date.parse(text) : now - Number(amount) * seconds * 1_000;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new NightcapError(
    "InvalidParameter",
    `"${text}" is no time: 30m, 24h, 7d or ISO 8601 expected`,
  );
}

function oneLine({
  when,
  who,
  from,
  action,
  resourceId,
  outcome,
  count = 1,
  detail,
}: z.infer<typeof entry>): string {
  const times = count > 1 ? ` (${count} times)` : "";
  const how = `${outcome.status}${outcome.code === null ? "" : ` ${outcome.code}`}${times}`;
  const what = detail == null ? resourceId : `${resourceId}  (${visible(detail)})`;
  return `${when}  ${who?.name ?? "nobody known"}  ${from ?? "-"}  ${how}  ${action}  ${what}`;
}
