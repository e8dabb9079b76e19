import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { readLogLevel } from "./log-level.ts";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { secretDirectoryMode } from "../common/files.ts";
import { Lifecycle } from "../common/lifecycle.ts";
import { holdLock } from "../common/lock-file.ts";
import { untilStopped } from "../common/process-life.ts";
import { defaultHostName } from "./agent.ts";
import { portNumber, readServerSettings } from "./server.ts";
import { credentialsPath, defaultStateDirectory } from "./credentials.ts";
import { supervise } from "./supervisor.ts";

const readyMessage = z.object({
  ready: z.string(),
  /** Where the first user is made; null or absent: there is one. */
  firstLink: z.string().nullish(),
});

interface UpOptions {
  state: string;
  port?: number;
  host?: string;
  settings?: string;
  name: string;
  drill: boolean;
  flightRecorder: boolean;
  allowBlocking?: boolean;
  blockingSettings?: string;
  storageKey?: string;
  logLevel: string;
}

/** `nightcap up`: control plane and an agent for this host, on the loopback, until it is stopped. */
export function addUpCommand(program: Command): void {
  program
    .command("up")
    .description("run the control plane and an agent for this host")
    .option("--state <directory>", "where everything is kept", defaultStateDirectory())
    .option("--host <address>", "address to listen on (default 127.0.0.1)")
    .option("--port <number>", "port to listen on (default 8443)", portNumber)
    .option("--settings <file>", "JSON file with settings of the control plane; options here win")
    .option("--name <name>", "this host's name as a virtual machine", defaultHostName())
    .option(
      "--log-level <level>",
      "of both: trace, debug, info, warn, error or silent",
      readLogLevel,
      "warn",
    )
    .option("--storage-key <file>", "encrypt what is stored with the keys of this file")
    .option("--no-drill", "do not run a drill when the state is empty")
    .option("--no-flight-recorder", "do not keep the last of this host's traffic")
    .option("--allow-blocking", "let addresses be blocked on this host for a time (nightcap block)")
    .option("--blocking-settings <file>", "JSON file with the limits of such blocks")
    .action(runUp);
}

async function runUp(options: UpOptions): Promise<void> {
  // Before anything is made; what the keys are worth is for the control plane to say.
  if (options.settings !== undefined) readServerSettings(options.settings);
  await mkdir(options.state, { recursive: true, mode: secretDirectoryMode });
  const life = new Lifecycle();
  const stopped = untilStopped();
  try {
    life.add(await holdLock(join(options.state, "up.lock"), `state folder ${options.state}`));
    say(`Nightcap starts; state is in ${options.state}`);
    const server = life.add(
      supervise({
        args: serverArgs(options),
        onRestart: (reason) => say(`control plane ended (${reason}); it is started again`),
      }),
    );
    const { ready: endpoint, firstLink } = await whenReady(server.ready, "control plane", stopped);
    const agent = life.add(
      supervise({
        args: agentArgs(options),
        onRestart: (reason) => say(`agent ended (${reason}); it is started again`),
      }),
    );
    await whenReady(agent.ready, "agent", stopped);
    say(readyText({ endpoint, firstLink: firstLink ?? null }, options));
    if (options.drill && (await claimFirstDrill(options.state)))
      await runFirstDrill(options.state, stopped);
    await stopped;
    say("Nightcap stops; captures and state are kept");
  } finally {
    await life.close();
  }
}

/** The program that this process runs, so that the others are the same version. */
const mainPath = (): string => process.argv[1] ?? "";

function serverArgs(options: UpOptions): string[] {
  const { state, host, port, settings, logLevel, storageKey } = options;
  const listen = [
    ...(host === undefined ? [] : ["--host", host]),
    ...(port === undefined ? [] : ["--port", String(port)]),
    ...(settings === undefined ? [] : ["--settings", settings]),
  ];
  return [
    mainPath(),
    "server",
    "--state",
    state,
    ...listen,
    ...(storageKey === undefined ? [] : ["--storage-key", storageKey]),
    "--local-agent",
    "--log-level",
    logLevel,
  ];
}

function agentArgs(options: UpOptions): string[] {
  const { state, name, logLevel, flightRecorder, allowBlocking, blockingSettings } = options;
  const joining = ["--name", name, "--join-file", join(state, "local-join-token")];
  return [
    mainPath(),
    "agent",
    "--state",
    join(state, "agent"),
    ...joining,
    ...(flightRecorder ? [] : ["--no-flight-recorder"]),
    ...(allowBlocking ? ["--allow-blocking"] : []),
    ...(blockingSettings === undefined ? [] : ["--blocking-settings", blockingSettings]),
    "--log-level",
    logLevel,
  ];
}

async function whenReady(
  ready: Promise<unknown>,
  what: string,
  stopped: Promise<unknown>,
): Promise<z.infer<typeof readyMessage>> {
  const first = await Promise.race([
    ready.catch((cause: unknown) => {
      throw new NightcapError("ServiceUnavailable", `${what} did not start; its log is above`, {
        cause,
      });
    }),
    stopped.then(() => {
      throw new NightcapError("ServiceUnavailable", `stopped before the ${what} was ready`);
    }),
  ]);
  return readyMessage.parse(first);
}

function readyText(
  { endpoint, firstLink }: { endpoint: string; firstLink: string | null },
  options: UpOptions,
): string {
  const { state, settings, flightRecorder, allowBlocking, blockingSettings, storageKey } = options;
  const blocking = allowBlocking
    ? "allowed on this host (nightcap block)"
    : blockingOffText(blockingSettings);
  return [
    "",
    `Nightcap is ready at ${endpoint}`,
    "",
    ...(firstLink === null ? [] : firstLinkLines(firstLink)),
    `  first credentials   ${credentialsPath(state)} (only you can read it)`,
    `  trust this CA       ${join(state, "pki", "ca.pem")}`,
    `  flight recorder     ${flightRecorder ? recorderText : "off"}`,
    `  encryption          ${encryptionText(storageKey, settings)}`,
    `  blocking            ${blocking}`,
    "",
    "Try next, in another terminal:",
    "  npm run nightcap -- capture create first --seconds 10",
    "  npm run nightcap -- capture create past --look-back 60s --seconds 5",
    "  npm run nightcap -- capture list",
    "  npm run nightcap -- drill",
    "  npm run nightcap -- az-setup        (for Azure's own clients)",
    "  npm run nightcap -- doctor",
    "",
    "Ctrl-C stops it.",
    "",
  ].join("\n");
}

/** Off unless asked for: who loses the key loses what was encrypted with it. */
function encryptionText(storageKey: string | undefined, settings: string | undefined): string {
  if (storageKey !== undefined)
    return `captures are stored encrypted; keep a copy of ${storageKey} elsewhere`;
  if (settings !== undefined) return `as ${settings} says (storage.encryption)`;
  return (
    "off: captures are stored in plain text; --storage-key FILE encrypts them\n" +
    "                      (nightcap storage create-key FILE makes one)"
  );
}

const firstLinkLines = (link: string): string[] => [
  "  Nobody can sign in yet. Open this once, within an hour, and say who you are:",
  `  ${link}`,
  "",
];

/** The defaults of the agent's settings, which this folder may not import; a test holds the two together. */
export const recorderText =
  "the last 64 MiB of traffic (512 bytes of each packet) stay in memory;\n" +
  "                      up to 64 MiB more while captures hold it, 16 MiB in the kernel; --no-flight-recorder";

/** A settings file may allow it, too. */
const blockingOffText = (settings: string | undefined): string =>
  settings === undefined
    ? "off: nothing can be cut off on this host; --allow-blocking lets it"
    : `as ${settings} says`;

/** True for the first start on an empty state: the drill runs once by itself. */
async function claimFirstDrill(state: string): Promise<boolean> {
  const marker = join(state, "first-drill");
  if (existsSync(marker)) return false;
  await writeFile(marker, "");
  return true;
}

async function runFirstDrill(state: string, stopped: Promise<unknown>): Promise<void> {
  say("This is the first start, so a drill shows the whole loop once (--no-drill turns it off).\n");
  const args = [...process.execArgv, mainPath(), "drill", "--state", state];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const ended = once(child, "exit");
  await Promise.race([ended, stopped]);
  child.kill("SIGTERM");
  await ended;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
