// The real `az`, as an administrator runs it: through a shell, with the variables that the
// documentation page names, in a configuration folder of its own.
import { accessSync, constants } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { run } from "../../src/common/run.ts";
import type { Installation } from "../e2e/installation.ts";
import { openWarmAz } from "./warm/warm-az.ts";

const commandTimeoutMilliseconds = 120_000;

/** What one command said. */
export interface AzAnswer {
  exitCode: number | null;
  /** Standard output as JSON; null when it is none. */
  value: unknown;
  text: string;
  stderr: string;
  /** The server's code in az's `ERROR:` line, or null. */
  code: string | null;
}

export interface Az {
  /** Variables that a command may name: `$BASE`, `$CLIENT_ID`, `$VM_ID`, ... */
  readonly variables: Readonly<Record<string, string>>;
  /** Gives further variables to the commands that follow. */
  set(variables: Record<string, string>): void;
  /** Runs `az COMMAND` in a shell to its end, whatever that is. */
  run(command: string): Promise<AzAnswer>;
  /** The same for another program, with the same variables. */
  runProgram(command: string): Promise<AzAnswer>;
}

/** Why az cannot be run here, or null. With NIGHTCAP_NO_SKIP=1 it throws: there nothing may be skipped. */
export function azSkipReason(environment: NodeJS.ProcessEnv = process.env): string | null {
  if (isOnPath("az", environment)) return null;
  const missing = "az: program not found (Debian package azure-cli)";
  if (environment["NIGHTCAP_NO_SKIP"] === "1") {
    throw new Error(`${missing} (and NIGHTCAP_NO_SKIP=1 lets no test be skipped)`);
  }
  return missing;
}

/** Looks for the file alone: running az to see whether it is there takes seconds. */
function isOnPath(program: string, environment: NodeJS.ProcessEnv): boolean {
  return (environment["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** An az that knows no cloud yet. `fileRoot`: where the machine leaves files. */
export async function openAz(
  installation: Installation,
  { fileRoot }: { fileRoot: string },
): Promise<Az> {
  const directory = join(installation.directory, "az");
  await mkdir(directory, { mode: 0o700 });
  const warm = await openWarmAz();
  const { credentials } = installation.client;
  const variables: Record<string, string> = {
    HOME: directory,
    BASE: credentials.endpoint,
    CLIENT_ID: credentials.clientId,
    CLIENT_SECRET: credentials.clientSecret,
    TENANT_ID: credentials.tenantId,
    SUBSCRIPTION_ID: credentials.subscriptionId,
    VM_ID: installation.machineId,
    CAPTURES: fileRoot,
    RECEIVER: `${installation.receiverUrl}/az-alert`,
  };
  const environment = {
    ...warm.environment,
    AZURE_CORE_COLLECT_TELEMETRY: "no",
    AZURE_CORE_DISABLE_PROGRESS_BAR: "yes",
    REQUESTS_CA_BUNDLE: credentials.certificateAuthorityFile,
  };
  const runProgram = async (command: string): Promise<AzAnswer> => {
    const all = { ...environment, ...variables };
    const assignments = Object.entries(all).map(([key, value]) => `${key}=${value}`);
    const { code, stdout, stderr } = await run(
      "env",
      ["-i", ...assignments, "sh", "-c", `cd "$HOME" && exec ${command}`],
      { timeoutMilliseconds: commandTimeoutMilliseconds },
    );
    const said = /ERROR: \(?(\w+)\)/.exec(stderr)?.[1] ?? /ERROR: (AADSTS\d+)/.exec(stderr)?.[1];
    return {
      exitCode: code,
      value: parse(stdout),
      text: stdout,
      stderr,
      code: said ?? null,
    };
  };
  return {
    variables,
    set: (more) => void Object.assign(variables, more),
    run: (command) => runProgram(`az ${command}`),
    runProgram,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
