import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "./control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "./credentials.ts";
import { addDeadLettersCommand } from "./notify-dead-letters.ts";

const path = "/nightcap/v1/notification-targets";
const exitFailed = 1;

const targetView = z.looseObject({
  name: z.string(),
  kind: z.string(),
  enabled: z.boolean(),
  where: z.string().optional(),
  isFixed: z.boolean(),
});
const targetList = z.object({ value: z.array(targetView) });
const testAnswer = z.object({
  target: z.string(),
  delivered: z.boolean(),
  reason: z.string().nullable(),
  milliseconds: z.number(),
});

export interface NotifyOptions {
  state: string;
  json?: boolean;
}

interface AddOptions extends NotifyOptions {
  kind: string;
  urlFile?: string;
  secretFile?: string;
  caFile?: string;
  settingsFile?: string;
  topic?: string;
  allowPrivate?: boolean;
}

const kinds = "log, webhook, slack, teams, ntfy, gotify or pagerDuty";

/** `nightcap notify ...`: where people are told of incidents. */
export function addNotifyCommand(program: Command): void {
  const parent = program.command("notify").description("where people are told of incidents");
  common(parent.command("list"), "the targets").action(async (options: NotifyOptions) => {
    const client = await openClient(options);
    const { value } = targetList.parse(await client.request("GET", path));
    print(options, value, value.map(oneLine));
  });
  addAddCommand(parent);
  common(parent.command("remove <name>"), "forget a target").action(
    async (name: string, options: NotifyOptions) => {
      const client = await openClient(options);
      await client.request("DELETE", pathOf(name));
      print(options, { removed: name }, [`${name} removed`]);
    },
  );
  common(
    parent.command("test <name>"),
    "send a target a test now; exit code 1 when it fails",
  ).action(test);
  addDeadLettersCommand(parent, { common, openClient, print });
}

function addAddCommand(parent: Command): void {
  common(parent.command("add <name>"), "add a target, or replace the one of that name")
    .requiredOption("--kind <kind>", kinds)
    .option("--url-file <file>", "file with its address, for that of many is their secret")
    .option("--secret-file <file>", "file with its token, key or signing secret")
    .option("--ca-file <file>", "PEM of a private authority that its certificate is from")
    .option("--topic <topic>", "ntfy's topic")
    .option("--allow-private", "it may be in a private network or on the control plane's host")
    .option("--settings-file <file>", "JSON with further settings: routes, quietHours, text, ...")
    .action(async (name: string, options: AddOptions) => {
      const client = await openClient(options);
      const body = await readTarget(options);
      const target = targetView.parse(await client.request("PUT", pathOf(name), body));
      print(options, target, [oneLine(target)]);
    });
}

/** Secrets come from files, never from the command line, where every user of the host could read them. */
async function readTarget(options: AddOptions): Promise<object> {
  const { kind, urlFile, secretFile, caFile, settingsFile, topic, allowPrivate } = options;
  const further: unknown = settingsFile === undefined ? {} : parseJson(await read(settingsFile));
  return {
    ...z.record(z.string(), z.unknown()).parse(further),
    kind,
    ...(urlFile !== undefined && { url: await read(urlFile) }),
    ...(secretFile !== undefined && { secret: await read(secretFile) }),
    ...(caFile !== undefined && { caPem: await read(caFile) }),
    ...(topic !== undefined && { topic }),
    ...(allowPrivate && { allowPrivateAddresses: true }),
  };
}

async function read(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new NightcapError("SettingsInvalid", `cannot read ${file}`, { cause });
  });
  return text.trim();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NightcapError("SettingsInvalid", "--settings-file has no JSON", { cause });
  }
}

async function test(name: string, options: NotifyOptions): Promise<void> {
  const client = await openClient(options);
  const answer = testAnswer.parse(await client.request("POST", `${pathOf(name)}/test`));
  const { delivered, reason, milliseconds } = answer;
  if (!delivered) process.exitCode = exitFailed;
  const line = delivered ? `${name} took it in ${milliseconds} ms` : `${name} did not: ${reason}`;
  print(options, answer, [line]);
}

const pathOf = (name: string): string => `${path}/${encodeURIComponent(name)}`;

const common = (command: Command, description: string): Command =>
  command
    .description(description)
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON");

const openClient = async ({ state }: NotifyOptions): Promise<ControlPlaneClient> =>
  openControlPlaneClient(await readCredentials(state));

function print({ json }: NotifyOptions, value: unknown, lines: readonly string[]): void {
  const text = json ? JSON.stringify(value, null, 2) : lines.join("\n");
  if (text !== "") process.stdout.write(`${text}\n`);
}

function oneLine({ name, kind, enabled, where, isFixed }: z.infer<typeof targetView>): string {
  const notes = [enabled ? "" : "off", isFixed ? "from the settings" : ""];
  const shown = notes.filter((note) => note !== "").join(", ");
  return `${name.padEnd(20)} ${kind.padEnd(10)} ${(where ?? "").padEnd(36)} ${shown}`.trimEnd();
}
