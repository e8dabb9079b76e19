import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { describeError, NightcapError, type ErrorCode } from "../common/errors.ts";
import { isReaderGone } from "./standard-output.ts";

/** A command by name; its code is loaded when it is asked for, so that each one starts fast. */
export interface CommandEntry {
  name: string;
  load(): Promise<(program: Command) => void>;
}

/** The commands of this folder, in the order of `--help`. `main.ts` adds those of the processes. */
export const commandEntries: readonly CommandEntry[] = [
  { name: "up", load: async () => (await import("./up.ts")).addUpCommand },
  { name: "capture", load: async () => (await import("./capture.ts")).addCaptureCommand },
  { name: "token", load: async () => (await import("./token.ts")).addTokenCommand },
  {
    name: "az-setup",
    load: async () => (await import("./az-setup/az-setup.ts")).addAzSetupCommand,
  },
  {
    name: "service-principal",
    load: async () => (await import("./service-principal.ts")).addServicePrincipalCommand,
  },
  { name: "user", load: async () => (await import("./user/user.ts")).addUserCommand },
  {
    name: "role-assignment",
    load: async () => (await import("./role-assignment.ts")).addRoleAssignmentCommand,
  },
  { name: "audit", load: async () => (await import("./audit.ts")).addAuditCommand },
  { name: "token-key", load: async () => (await import("./token-key.ts")).addTokenKeyCommand },
  {
    name: "incidents",
    load: async () => (await import("./incidents.ts")).addIncidentsCommand,
  },
  {
    name: "expectations",
    load: async () => (await import("./expectations.ts")).addExpectationsCommand,
  },
  { name: "alerts", load: async () => (await import("./alerts/alerts.ts")).addAlertsCommand },
  { name: "notify", load: async () => (await import("./notify.ts")).addNotifyCommand },
  { name: "drill", load: async () => (await import("./drill/drill.ts")).addDrillCommand },
  { name: "block", load: async () => (await import("./block/block.ts")).addBlockCommand },
  { name: "unblock", load: async () => (await import("./block/block.ts")).addUnblockCommand },
  { name: "blocks", load: async () => (await import("./block/block.ts")).addBlocksCommand },
  { name: "inspect", load: async () => (await import("./inspect.ts")).addInspectCommand },
  { name: "cut", load: async () => (await import("./cut.ts")).addCutCommand },
  { name: "merge", load: async () => (await import("./merge.ts")).addMergeCommand },
  { name: "split", load: async () => (await import("./split.ts")).addSplitCommand },
  { name: "strip", load: async () => (await import("./strip.ts")).addStripCommand },
  { name: "follow", load: async () => (await import("./follow.ts")).addFollowCommand },
  { name: "packets", load: async () => (await import("./packets.ts")).addPacketsCommand },
  { name: "explain", load: async () => (await import("./explain.ts")).addExplainCommand },
  { name: "report", load: async () => (await import("./report.ts")).addReportCommand },
  {
    name: "verify",
    load: async () => (await import("./evidence/verify.ts")).addVerifyCommand,
  },
  {
    name: "evidence",
    load: async () => (await import("./evidence/evidence.ts")).addEvidenceCommand,
  },
  { name: "hold", load: async () => (await import("./retention/hold.ts")).addHoldCommand },
  { name: "flow-logs", load: async () => (await import("./flow-logs.ts")).addFlowLogsCommand },
  { name: "flows", load: async () => (await import("./flows/flows.ts")).addFlowsCommand },
  { name: "query", load: async () => (await import("./query/query.ts")).addQueryCommand },
  { name: "storage", load: async () => (await import("./storage/storage.ts")).addStorageCommand },
  { name: "secret", load: async () => (await import("./secret.ts")).addSecretCommand },
  { name: "doctor", load: async () => (await import("./doctor.ts")).addDoctorCommand },
];

const exitFailure = 1;
const exitUsage = 2;

/** What to do about an error, where the code alone says it. */
const hints: Partial<Record<ErrorCode, string>> = {
  ToolMissing: "nightcap doctor says what is missing on this host and how to get it",
  SettingsInvalid: "nightcap COMMAND --help lists the settings and their bounds",
};

/**
 * Runs the command that `args` names and gives the exit code: what the command set, 1 when it
 * failed, 2 when it was called wrongly. Errors are one line on standard error, with a stack only
 * under NIGHTCAP_DEBUG.
 */
export async function runProgram(
  args: readonly string[],
  entries: readonly CommandEntry[],
): Promise<number> {
  try {
    const program = await buildProgram(args, entries);
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage;
    reportError(error);
    return exitFailure;
  }
}

async function buildProgram(
  args: readonly string[],
  entries: readonly CommandEntry[],
): Promise<Command> {
  const program = new Command("nightcap")
    .description("Keeps the packets from around an alert, on any Linux host.")
    .version(packageVersion(), "-V, --version", "the version, and nothing else")
    .helpOption("-h, --help", "what there is and how to use it")
    .showHelpAfterError('("nightcap --help" says how to use it)')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error:/, "nightcap:")),
    });
  for (const entry of wantedEntries(args[0], entries)) (await entry.load())(program);
  return program;
}

/** Only the command that is named is loaded; with none, or an unknown one, all of them. */
function wantedEntries(
  first: string | undefined,
  entries: readonly CommandEntry[],
): readonly CommandEntry[] {
  if (first === "--version" || first === "-V") return [];
  const named = entries.filter(({ name }) => name === first);
  return named.length > 0 ? named : entries;
}

/** Who stopped reading knows it: nothing is said of that. */
function reportError(error: unknown): void {
  if (isReaderGone(error)) return;
  const hint = error instanceof NightcapError ? hints[error.code] : undefined;
  process.stderr.write(`nightcap: ${describeError(error)}\n`);
  if (hint !== undefined) process.stderr.write(`  ${hint}\n`);
  if (process.env["NIGHTCAP_DEBUG"]) console.error(error);
}

/** The package's version, as package.json states it. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
