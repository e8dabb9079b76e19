import type { Command } from "commander";
import { type ControlPlaneClient, openControlPlaneClient } from "./control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "./credentials.ts";

export interface ClientCommandOptions {
  state: string;
  json?: boolean;
}

/** What a command does with a control plane. */
export interface ClientCommand<Options extends ClientCommandOptions> {
  name: string;
  description: string;
  work: (client: ControlPlaneClient, options: Options) => Promise<void>;
}

/** A command that asks the control plane whose state is in `--state`, as the administrator of it. */
export const addClientCommand = <Options extends ClientCommandOptions>(
  parent: Command,
  { name, description, work }: ClientCommand<Options>,
): Command =>
  parent
    .command(name)
    .description(description)
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON")
    .action(async (options: Options) => {
      const client = await openControlPlaneClient(await readCredentials(options.state));
      await work(client, options);
    });
