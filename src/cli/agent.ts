import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { readLogLevel } from "./log-level.ts";
import { NightcapError } from "../common/errors.ts";
import { readSettingsFile } from "../common/settings.ts";
import { defaultStateDirectory } from "./credentials.ts";

const hostNameMax = 64;

/** What the command line says of an agent; its schema is the agent's own. */
export interface AgentCommand {
  settings: Record<string, unknown>;
  join: { token: string; name: string } | null;
  logLevel: string;
}

interface AgentOptions {
  state: string;
  joinFile?: string;
  name: string;
  netns?: string;
  scaleSet?: string;
  location?: string;
  fileRoot: string[];
  flowSettings?: string;
  ownerSettings?: string;
  alertFiles?: string;
  flightRecorder?: string | boolean;
  allowBlocking?: boolean;
  blockingSettings?: string;
  logLevel: string;
}

/** `nightcap agent`: watches this host. `run` is the agent's, which this folder may not import. */
export const addAgentCommand =
  (run: (command: AgentCommand) => Promise<void>) =>
  (program: Command): void => {
    program
      .command("agent")
      .description("watch this host and run its captures")
      .option(
        "--state <directory>",
        "where it keeps its own state",
        join(defaultStateDirectory(), "agent"),
      )
      .option(
        "--join-file <file>",
        'file with a token of "nightcap token create", or - for standard input; needed once',
      )
      .option("--name <name>", "this host's name as a virtual machine", defaultHostName())
      .option("--netns <name>", "network namespace to watch instead of its own")
      .option("--scale-set <name>", "scale set that this host is one of")
      .option("--location <region>", "region of this host when it is not the control plane's")
      .option(
        "--file-root <folder>",
        "folder in which captures may be left; may be repeated",
        collect,
        [],
      )
      .option("--flow-settings <file>", "JSON file with settings of the flow meter")
      .option("--owner-settings <file>", "JSON file with settings of the watch over sockets")
      .option("--alert-files <file>", "JSON file with a list of files of alerts to follow")
      .option("--flight-recorder <file>", "JSON file with settings of the flight recorder")
      .option("--no-flight-recorder", "do not keep the last of this host's traffic")
      .option("--allow-blocking", "let the control plane block addresses on this host for a time")
      .option("--blocking-settings <file>", "JSON file with the limits of such blocks")
      .option(
        "--log-level <level>",
        "trace, debug, info, warn, error or silent",
        readLogLevel,
        "info",
      )
      .action(async (options: AgentOptions) => run(await readCommand(options)));
  };

async function readCommand(options: AgentOptions): Promise<AgentCommand> {
  const {
    state: directory,
    joinFile,
    name,
    netns,
    scaleSet,
    location,
    fileRoot,
    flowSettings,
    ownerSettings,
    alertFiles,
    flightRecorder = true,
    logLevel,
  } = options;
  const blocking: unknown =
    options.blockingSettings === undefined ? {} : readSettingsFile(options.blockingSettings);
  const settings: Record<string, unknown> = {
    directory,
    networkNamespace: netns ?? null,
    scaleSet: scaleSet ?? null,
    location: location ?? null,
    ...(fileRoot.length === 0 ? {} : { fileRoots: fileRoot }),
    ...(flowSettings === undefined ? {} : { flowMeter: readSettingsFile(flowSettings) }),
    ...(ownerSettings === undefined ? {} : { owners: readSettingsFile(ownerSettings) }),
    ...(alertFiles === undefined ? {} : { alertFiles: readSettingsFile(alertFiles) }),
    ...(flightRecorder === false ? { flightRecorder: { enabled: false } } : {}),
    ...(typeof flightRecorder === "string"
      ? { flightRecorder: readSettingsFile(flightRecorder) }
      : {}),
    blocking: options.allowBlocking ? { ...Object(blocking), allowBlocking: true } : blocking,
  };
  const token = joinFile === undefined ? null : await readToken(joinFile);
  return { settings, join: token === null ? null : { token, name }, logLevel };
}

async function readToken(path: string): Promise<string> {
  const reading = path === "-" ? text(process.stdin) : readFile(path, "utf8");
  return reading.then(
    (content) => content.trim(),
    (cause: unknown) => {
      throw new NightcapError("EnrolmentRefused", `cannot read the join token in ${path}`, {
        cause,
      });
    },
  );
}

/** A host name as ARM takes it. */
export function defaultHostName(): string {
  const name = hostname()
    .replaceAll(/[^A-Za-z0-9._-]/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "");
  return name.slice(0, hostNameMax) || "host";
}

const collect = (value: string, before: string[]): string[] => [...before, value];
