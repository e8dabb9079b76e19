import { readFile } from "node:fs/promises";
import { text as readText } from "node:stream/consumers";
import type { Command } from "commander";
import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "../control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "../credentials.ts";
import { alertPreview, previewText } from "./preview-text.ts";

interface PreviewOptions {
  state: string;
  rule?: string;
  timespan: string;
  json?: boolean;
}

/** `nightcap alerts`: what is about alert rules and not Azure's. */
export function addAlertsCommand(program: Command): void {
  const alerts = program
    .command("alerts")
    .description("what alert rules would have done; az makes and shows them");
  alerts
    .command("preview")
    .description("when a rule would have fired, by what is recorded; nothing is made")
    .argument("[file]", 'the rule as its PUT has it, in JSON; "-" reads standard input')
    .option("--rule <name>", "a rule that is there, by its name or id")
    .option("--timespan <span>", "PT1H, P7D, START/END: up to 31 days", "P1D")
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON")
    .action(runPreview);
}

async function runPreview(file: string | undefined, options: PreviewOptions): Promise<void> {
  const client = await openControlPlaneClient(await readCredentials(options.state));
  const rule = await readRule(client, file, options);
  const path = `/nightcap/v1/alert-previews?timespan=${encodeURIComponent(options.timespan)}`;
  const answer = await client.request("POST", path, rule);
  const text = options.json
    ? JSON.stringify(answer, null, 2)
    : previewText(alertPreview.parse(answer));
  process.stdout.write(`${text}\n`);
}

async function readRule(
  client: ControlPlaneClient,
  file: string | undefined,
  { rule }: PreviewOptions,
): Promise<unknown> {
  if ((file === undefined) === (rule === undefined)) {
    throw new NightcapError("InvalidParameter", "either a file or --rule is needed");
  }
  if (rule !== undefined) return findRule(client, rule);
  const text = file === "-" ? await readText(process.stdin) : await readFile(file ?? "", "utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new NightcapError("InvalidParameter", `${file} is no JSON`, { cause });
  }
}

const ruleBody = z.looseObject({ properties: z.looseObject({}) });
const ruleTypes = [
  ["metricAlerts", "2018-03-01"],
  ["scheduledQueryRules", "2021-08-01"],
] as const;

async function findRule(client: ControlPlaneClient, rule: string): Promise<unknown> {
  const { subscription, credentials } = client;
  const group = `${subscription}/resourceGroups/${credentials.resourceGroup}`;
  for (const [type, version] of ruleTypes) {
    const isId = rule.startsWith("/");
    if (isId && !rule.toLowerCase().includes(`/${type.toLowerCase()}/`)) continue;
    const name = `${group}/providers/Microsoft.Insights/${type}/${encodeURIComponent(rule)}`;
    const found = await client.find(`${isId ? rule : name}?api-version=${version}`);
    if (found !== null) return { properties: ruleBody.parse(found).properties };
  }
  throw new NightcapError("ResourceNotFound", `there is no rule "${rule.slice(0, 200)}"`);
}
