import type { Command } from "commander";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { openControlPlaneClient } from "./control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "./credentials.ts";
import { wholeNumber } from "./whole-number.ts";

const path = "/nightcap/v1/incidents";
const limitDefault = 50;
const limitMax = 1_000;
/** Alerts that `show` prints; `--json` has all. */
const shownAlertCountMax = 50;

const summary = z.looseObject({
  incidentId: z.string(),
  resourceId: z.string(),
  state: z.string(),
  severity: z.number(),
  openedAt: z.string(),
  summary: z.string(),
  answer: z.object({ sentence: z.string(), reportLink: z.string().nullable() }).nullable(),
});
const listAnswer = z.object({ value: z.array(summary), count: z.number() });
const whole = summary.extend({
  alerts: z.array(
    z.looseObject({
      rule: z.string(),
      severity: z.number(),
      firedTime: z.string(),
      resolved: z.boolean(),
      role: z.string(),
      why: z.string().nullable(),
    }),
  ),
  captures: z.array(
    z.looseObject({
      recordingId: z.string(),
      captureName: z.string().nullable(),
      role: z.string(),
      state: z.string(),
      why: z.string().nullable(),
      outcome: z.string().nullable(),
      queue: z.object({ position: z.number(), why: z.string() }).nullable(),
    }),
  ),
});
type Summary = z.infer<typeof summary>;
type Whole = z.infer<typeof whole>;

interface CommonOptions {
  state: string;
  json?: boolean;
}

/** `nightcap incidents`: alerts that belong together, what was recorded of them, and what waits. */
export function addIncidentsCommand(program: Command): void {
  const incidents = program
    .command("incidents")
    .description(
      "alerts that belong together: what was recorded, merged, delayed, refused, and why",
    );
  withCommonOptions(
    incidents
      .command("list", { isDefault: true })
      .description("incidents, the newest first")
      .option("--open", "only those that are not closed")
      .option("--host <name>", "only those of one host, by its name or resource id")
      .option("--limit <number>", "at most", wholeNumber(limitMax), limitDefault),
  ).action(runList);
  withCommonOptions(
    incidents
      .command("show")
      .description("one incident with its alerts and recordings")
      .argument("<id>", "the incident's id, as the list has it"),
  ).action(runShow);
}

const withCommonOptions = (command: Command): Command =>
  command
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON");

async function runList(
  options: CommonOptions & { open?: boolean; host?: string; limit: number },
): Promise<void> {
  const client = await openControlPlaneClient(await readCredentials(options.state));
  const query = new URLSearchParams({ limit: String(options.limit) });
  if (options.open) query.set("state", "open");
  if (options.host !== undefined) query.set("host", options.host);
  const answer = listAnswer.parse(await client.request("GET", `${path}?${query.toString()}`));
  print(options, answer, answer.value.length === 0 ? "none" : answer.value.map(line).join("\n"));
}

async function runShow(id: string, options: CommonOptions): Promise<void> {
  const client = await openControlPlaneClient(await readCredentials(options.state));
  const found = await client.find(`${path}/${encodeURIComponent(id)}`);
  if (found === null) throw new NightcapError("ResourceNotFound", `there is no incident "${id}"`);
  const incident = whole.parse(found);
  print(options, incident, describe(incident));
}

function print({ json }: CommonOptions, value: object, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text}\n`);
}

const line = ({ incidentId, openedAt, state, severity, resourceId, ...more }: Summary): string =>
  [
    incidentId,
    openedAt,
    state,
    `severity ${severity}`,
    visible(resourceId.split("/").at(-1) ?? ""),
    visible(more.summary),
  ].join("  ");

function describe(incident: Whole): string {
  const { alerts, captures } = incident;
  const left = alerts.length - shownAlertCountMax;
  return [
    line(incident),
    ...answerLines(incident),
    "",
    "recordings",
    ...captures.map(captureLine),
    "",
    "alerts",
    ...alerts.slice(0, shownAlertCountMax).map(alertLine),
    ...(left > 0 ? [`  and ${left} more: --json has them`] : []),
  ].join("\n");
}

/** The answer first: it is what people come for. */
function answerLines({ answer }: Whole): string[] {
  if (answer === null) return [];
  const { sentence, reportLink } = answer;
  const report = reportLink === null ? [] : [`report: ${visible(reportLink)}`];
  return ["", visible(sentence), ...report];
}

function captureLine({
  captureName,
  recordingId,
  role,
  state,
  queue,
  ...rest
}: Whole["captures"][0]) {
  const stands = queue ? `waits at position ${queue.position}: ${queue.why}` : rest.why;
  const parts = [captureName ?? recordingId.slice(0, 10), role, state, stands, rest.outcome];
  return `  ${parts
    .filter((part) => part !== null)
    .map(visible)
    .join("  ")}`;
}

function alertLine({ firedTime, severity, rule, role, resolved, why }: Whole["alerts"][0]): string {
  const parts = [firedTime, `severity ${severity}`, rule, role, resolved ? "resolved" : null, why];
  return `  ${parts
    .filter((part) => part !== null)
    .map(visible)
    .join("  ")}`;
}

/** Names come with alerts from outside: nothing of theirs may steer the terminal. */
const visible = (text: string): string => text.replaceAll(/\p{Cc}|\p{Cf}/gu, "\u{fffd}");
