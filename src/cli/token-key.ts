import type { Command } from "commander";
import { z } from "zod";
import { addClientCommand, type ClientCommandOptions } from "./client-command.ts";
import type { ControlPlaneClient } from "./control-plane-client.ts";

const keyList = z.object({
  value: z.array(
    z.object({
      kid: z.string(),
      state: z.string(),
      activatedTime: z.string().nullable(),
      validUntilTime: z.string().nullable(),
    }),
  ),
});

interface KeyOptions extends ClientCommandOptions {
  revokeEarlier?: boolean;
}

/** `nightcap token-key ...`: the keys that access tokens are signed with. */
export function addTokenKeyCommand(program: Command): void {
  const parent = program
    .command("token-key")
    .description("see and rotate the keys that access tokens are signed with");
  add(parent, "list", "the keys whose tokens are accepted, and the next one", (client) =>
    client.request("GET", "/nightcap/tokenKeys"),
  );
  add(
    parent,
    "rotate",
    "sign with the next key from now on; tokens of the one before stay good until they expire",
    (client, { revokeEarlier = false }) =>
      client.request("POST", "/nightcap/tokenKeys/rotate", { revokeEarlier }),
  ).option(
    "--revoke-earlier",
    "refuse all earlier tokens at once, for keys that became known to others",
  );
}

/** Prints the keys that the control plane answers. */
function add(
  parent: Command,
  name: string,
  description: string,
  ask: (client: ControlPlaneClient, options: KeyOptions) => Promise<unknown>,
): Command {
  return addClientCommand<KeyOptions>(parent, {
    name,
    description,
    async work(client, options) {
      const { value } = keyList.parse(await ask(client, options));
      const text = options.json ? JSON.stringify(value, null, 2) : value.map(oneLine).join("\n");
      process.stdout.write(`${text}\n`);
    },
  });
}

function oneLine({ kid, state, activatedTime, validUntilTime }: KeyView): string {
  const times = {
    current: `signs since ${activatedTime}`,
    next: "signs after the next rotation",
    retired: `its tokens are good until ${validUntilTime}`,
  };
  return `${state.padEnd(8)} ${kid}  ${times[state as keyof typeof times] ?? ""}`.trimEnd();
}

type KeyView = z.infer<typeof keyList>["value"][number];
