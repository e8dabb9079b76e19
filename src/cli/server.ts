import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { readLogLevel } from "./log-level.ts";
import { NightcapError } from "../common/errors.ts";
import { readSettingsFile } from "../common/settings.ts";
import { defaultStateDirectory } from "./credentials.ts";

/** What the command line says of the control plane; its schema is the server's own. */
export interface ServerCommand {
  settings: Record<string, unknown>;
  /** Only say whether the settings are right. */
  check: boolean;
  logLevel: string;
  /** Leave a join token for an agent on this host in the state folder. */
  localAgent: boolean;
}

interface ServerOptions {
  state: string;
  host?: string;
  port?: number;
  publicName: string[];
  settings?: string;
  check?: boolean;
  storageKey?: string;
  logLevel: string;
  localAgent?: boolean;
}

/** `nightcap server`: the control plane alone. `run` is the server's, which this folder may not import. */
export const addServerCommand =
  (run: (command: ServerCommand) => Promise<void>) =>
  (program: Command): void => {
    program
      .command("server")
      .description("run the control plane")
      .option("--state <directory>", "where everything is kept", defaultStateDirectory())
      .option("--host <address>", "address to listen on (default 127.0.0.1)")
      .option("--port <number>", "port to listen on (default 8443)", portNumber)
      .option(
        "--public-name <name>",
        "name or address that clients use; may be repeated",
        collect,
        [],
      )
      .option("--settings <file>", "JSON file with settings; options here win")
      .option("--storage-key <file>", "encrypt what is stored with the keys of this file")
      .option("--check", "read the settings, say whether they are right, and stop")
      .option(
        "--log-level <level>",
        "trace, debug, info, warn, error or silent",
        readLogLevel,
        "info",
      )
      .option("--local-agent", "leave a join token for an agent on this host")
      .action((options: ServerOptions) => run(readCommand(options)));
  };

function readCommand(options: ServerOptions): ServerCommand {
  const file = options.settings === undefined ? {} : readServerSettings(options.settings);
  const settings: Record<string, unknown> = {
    ...file,
    directory: options.state,
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.storageKey === undefined ? {} : withStorageKey(file, options.storageKey)),
    ...(options.publicName.length === 0 ? {} : { names: options.publicName }),
  };
  const { check = false, logLevel, localAgent = false } = options;
  return { settings, check, logLevel, localAgent };
}

/** The key file beside whatever else the settings file says of the store. */
function withStorageKey(file: unknown, keyFile: string): Record<string, unknown> {
  const { storage = {} } = file as { storage?: object };
  const { encryption = {} } = storage as { encryption?: object };
  return { storage: { ...storage, encryption: { ...encryption, keyFile: resolve(keyFile) } } };
}

/** The keys of a settings file, which are judged by the server; throws `SettingsInvalid` for what has none. */
export function readServerSettings(path: string): Record<string, unknown> {
  const file = readSettingsFile(path);
  if (typeof file !== "object" || file === null || Array.isArray(file))
    throw new NightcapError("SettingsInvalid", `settings file ${path} is no JSON object`);
  if ("directory" in file)
    throw new NightcapError("SettingsInvalid", `${path}: directory: --state says where it is`);
  return { ...file };
}

export function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("expected a port, 1 to 65535");
}

const collect = (value: string, before: string[]): string[] => [...before, value];
