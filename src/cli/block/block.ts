import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { type BlockDirection, blockDirections, readBlock } from "../../block/block.ts";
import {
  securityRuleCommand,
  securityRuleRemoval,
  securityRulesOf,
} from "../../block/security-rule.ts";
import { NightcapError } from "../../common/errors.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "../control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "../credentials.ts";
import { wholeNumber } from "../whole-number.ts";
import { blockText, blockView, countsText } from "./block-text.ts";
import { targetsOfFinding } from "./finding-targets.ts";

const priorityDefault = 200;
const priorityMax = 4_096;
const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

interface BlockFlags {
  host?: string;
  port?: string;
  direction?: BlockDirection;
  for: number;
  reason?: string;
  force?: boolean;
  dryRun?: boolean;
  fromFinding?: string;
  azure?: boolean;
  priority: number;
  state: string;
  json?: boolean;
}

/** What is to be stopped, before it is read. */
interface Target {
  address: string;
  port: string | null;
  direction: BlockDirection;
}

/** `nightcap block`: stops traffic on a host for a time, or prints Azure's rule that would. */
export function addBlockCommand(program: Command): void {
  const command = program
    .command("block")
    .description("stop traffic with an address on a host, for a time; the kernel ends it")
    .argument("[address]", "an address, or a network such as 203.0.113.0/24")
    .option("--host <name>", "the host, which has to allow it (nightcap agent --allow-blocking)")
    .option("--port <port>", "only 443/tcp, 8000-8100/udp, tcp, udp or icmp")
    .addOption(
      new Option("--direction <which>", "out: from the host (default); in: to the host").choices(
        blockDirections,
      ),
    )
    .option("--for <time>", "how long: 90s, 30m, 2h, 1d", readDuration, 1_800)
    .option("--reason <text>", "why, for the list and the audit")
    .option("--from-finding <file#n>", "what finding N of that report (JSON) or capture is about")
    .option("--force", "though it is wide, or hits what the host needs")
    .option("--dry-run", "say what would be done, and change nothing")
    .option("--azure", "print the rule of a network security group instead")
    .option("--priority <number>", "of that rule", wholeNumber(priorityMax), priorityDefault);
  addCommon(command).action(runBlock);
}

/** `nightcap unblock`: ends a block before its time. */
export function addUnblockCommand(program: Command): void {
  const command = program
    .command("unblock")
    .description("end a block before its time")
    .argument("<id>", "its id, as nightcap blocks lists it")
    .requiredOption("--host <name>", "the host");
  addCommon(command).action(runUnblock);
}

/** `nightcap blocks`: what is blocked now. */
export function addBlocksCommand(program: Command): void {
  const command = program
    .command("blocks")
    .description("what is blocked, how long still, and what was stopped")
    .option("--host <name>", "only this host, with its counters of now");
  addCommon(command).action(runBlocks);
}

const addCommon = (command: Command): Command =>
  command
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON");

async function runBlock(address: string | undefined, flags: BlockFlags): Promise<void> {
  const targets = await targetsOf(address, flags);
  if (flags.azure) return printAzure(targets, flags);
  const { host } = flags;
  if (host === undefined) throw new NightcapError("InvalidParameter", "--host says on which host");
  const client = await openControlPlaneClient(await readCredentials(flags.state));
  const views = [];
  for (const target of targets) {
    const body = {
      ...target,
      durationSeconds: flags.for,
      reason: flags.reason ?? null,
      finding: flags.fromFinding ?? null,
      force: flags.force ?? false,
      dryRun: flags.dryRun ?? false,
    };
    const view = await client.request("POST", blocksPath(host), body);
    views.push(view);
    if (!flags.json) print(describe(view, flags));
  }
  if (flags.json) print(JSON.stringify(views, null, 2));
}

function describe(answer: unknown, { dryRun }: BlockFlags): string {
  const view = blockView.parse(answer);
  if (!dryRun) return blockText(view);
  return `would be made, nothing was changed: ${view.id}\n${(view.script ?? "").trimEnd()}`;
}

async function targetsOf(address: string | undefined, flags: BlockFlags): Promise<Target[]> {
  const { fromFinding, port = null, direction } = flags;
  if (address !== undefined && fromFinding === undefined)
    return [{ address, port, direction: direction ?? "out" }];
  if (address !== undefined || fromFinding === undefined)
    throw new NightcapError("InvalidParameter", "give an address or --from-finding, one of them");
  const targets = await targetsOfFinding(fromFinding);
  return targets.map((target) => ({
    address: target.address,
    port: port ?? target.port,
    direction: direction ?? target.direction,
  }));
}

function printAzure(targets: readonly Target[], { priority, json }: BlockFlags): void {
  const rules = targets.flatMap((target, at) => securityRulesOf(readBlock(target), priority + at));
  if (json) return print(JSON.stringify(rules, null, 2));
  print(
    "# Set RESOURCE_GROUP and NSG first. Azure has no time limit for rules: the rule stays until",
  );
  print("# it is deleted. Connections that run may go on, because Azure judges new flows.");
  for (const rule of rules) {
    print(securityRuleCommand(rule));
    print(`# to end it: ${securityRuleRemoval(rule)}`);
  }
}

async function runUnblock(
  id: string,
  { host, state, json }: { host: string; state: string; json?: boolean },
): Promise<void> {
  const client = await openControlPlaneClient(await readCredentials(state));
  const answer = await client.request("DELETE", `${blocksPath(host)}/${encodeURIComponent(id)}`);
  if (json) return print(JSON.stringify(answer, null, 2));
  const { state: left } = z.object({ state: z.string() }).parse(answer);
  const later = `${host} is not reached: ended when it connects, or by its kernel in time`;
  print(left === "Removed" ? `ended: ${id}` : later);
}

async function runBlocks({
  host,
  state,
  json,
}: {
  host?: string;
  state: string;
  json?: boolean;
}): Promise<void> {
  const client: ControlPlaneClient = await openControlPlaneClient(await readCredentials(state));
  const path = host === undefined ? "/nightcap/v1/blocks" : blocksPath(host);
  const answer = await client.request("GET", path);
  if (json) return print(JSON.stringify(answer, null, 2));
  const { value } = z.object({ value: z.array(blockView) }).parse(answer);
  print(value.length === 0 ? "nothing is blocked" : value.map(countsText).join("\n"));
}

const blocksPath = (host: string): string =>
  `/nightcap/v1/hosts/${encodeURIComponent(host)}/blocks`;

function readDuration(text: string): number {
  const [, amount = "", unit = "s"] = /^(\d{1,7})([smhd])?$/.exec(text) ?? [];
  const seconds = Number(amount) * (secondsOf[unit] ?? 0);
  if (amount !== "" && seconds > 0) return seconds;
  throw new InvalidArgumentError("90s, 30m, 2h or 1d expected");
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
