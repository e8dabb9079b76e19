import type { Command } from "commander";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { openControlPlaneClient } from "./control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "./credentials.ts";
import { wholeNumber } from "./whole-number.ts";

const path = "/nightcap/v1/expectations";
const daysDefault = 30;
const daysMax = 365;

const expectation = z.looseObject({
  id: z.string(),
  rule: z.string().nullable(),
  host: z.string().nullable(),
  destination: z.string().nullable(),
  port: z.string().nullable(),
  process: z.string().nullable(),
  reason: z.string(),
  createdBy: z.string(),
  expiresTime: z.string(),
});
type Expectation = z.infer<typeof expectation>;

/** What of an incident an expectation can be made from. */
const incident = z.object({
  resourceId: z.string(),
  alerts: z.array(z.object({ rule: z.string() })),
  answer: z
    .object({
      culprit: expectation.pick({ destination: true, port: true, process: true }).optional(),
    })
    .nullable(),
});

interface CommonOptions {
  state: string;
  json?: boolean;
}

interface AddOptions extends CommonOptions {
  incident?: string;
  rule?: string;
  host?: string;
  destination?: string;
  port?: string;
  process?: string;
  reason: string;
  days: number;
}

/** `nightcap expectations`: incidents that are expected, and tell nobody. */
export function addExpectationsCommand(program: Command): void {
  const expectations = program
    .command("expectations")
    .description("what is expected: incidents that the packets show to be just that tell nobody");
  withCommonOptions(
    expectations.command("list", { isDefault: true }).description("those that have not expired"),
  ).action(runList);
  withCommonOptions(
    expectations
      .command("add")
      .description("alerts of a rule on a host are expected as long as the packets show this")
      .option("--incident <id>", "as this one: its rule, its host, and whom its answer blames")
      .option("--rule <name>", "name of the rule; without it any")
      .option("--host <name>", "name or resource id; without it any")
      .option("--destination <address>", "address that the answer must blame")
      .option("--port <port>", "port that it must blame, as 443/tcp")
      .option("--process <name>", "process that it must blame")
      .requiredOption("--reason <text>", "why it is expected; people are shown it")
      .option("--days <number>", "for how long", wholeNumber(daysMax), daysDefault),
  ).action(runAdd);
  withCommonOptions(
    expectations
      .command("remove")
      .description("it is not expected any more")
      .argument("<id>", "as the list has it"),
  ).action(runRemove);
}

const withCommonOptions = (command: Command): Command =>
  command
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON");

async function runList(options: CommonOptions): Promise<void> {
  const client = await openControlPlaneClient(await readCredentials(options.state));
  const answer = z.object({ value: z.array(expectation) }).parse(await client.request("GET", path));
  print(options, answer, answer.value.map(line).join("\n") || "none");
}

async function runAdd(options: AddOptions): Promise<void> {
  const client = await openControlPlaneClient(await readCredentials(options.state));
  const { rule, host, destination, port, process, reason, days } = options;
  const like = options.incident === undefined ? {} : await likeIncident(client, options.incident);
  // What is said goes before what the incident has.
  const said = Object.entries({ rule, host, destination, port, process }).filter(
    ([, value]) => value !== undefined,
  );
  const wanted = { ...like, ...Object.fromEntries(said), reason, days };
  const made = expectation.parse(await client.request("POST", path, wanted));
  print(options, made, line(made));
}

async function likeIncident(
  client: Awaited<ReturnType<typeof openControlPlaneClient>>,
  id: string,
): Promise<object> {
  const found = await client.find(`/nightcap/v1/incidents/${encodeURIComponent(id)}`);
  if (found === null) throw new NightcapError("ResourceNotFound", `there is no incident "${id}"`);
  const { resourceId, alerts, answer } = incident.parse(found);
  const { culprit } = answer ?? {};
  if (culprit) return { rule: alerts[0]?.rule, host: resourceId, ...culprit };
  const message = `the answer of incident "${id}" blames nobody: name a destination, a port or a process`;
  throw new NightcapError("InvalidParameter", message);
}

async function runRemove(id: string, options: CommonOptions): Promise<void> {
  const client = await openControlPlaneClient(await readCredentials(options.state));
  await client.request("DELETE", `${path}/${encodeURIComponent(id)}`);
  print(options, { id }, "removed");
}

function print({ json }: CommonOptions, value: object, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text}\n`);
}

const line = ({ id, rule, host, destination, port, process, ...more }: Expectation): string =>
  [
    id,
    `rule ${rule ?? "any"}`,
    `host ${host?.split("/").at(-1) ?? "any"}`,
    [destination, port, process].filter((part) => part !== null).join(" "),
    `until ${more.expiresTime}`,
    `${more.reason} (${more.createdBy})`,
  ]
    .map(visible)
    .join("  ");

/** Names come from outside: nothing of theirs may steer the terminal. */
const visible = (text: string): string => text.replaceAll(/\p{Cc}|\p{Cf}/gu, "\u{fffd}");
