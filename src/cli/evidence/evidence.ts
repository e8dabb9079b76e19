import type { Command } from "commander";
import { addEvidenceLogCommand } from "./evidence-log.ts";
import { publicKey } from "../../evidence/public-keys.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "../control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "../credentials.ts";
import { writeOut } from "../standard-output.ts";
import { fetchKeys } from "./manifest-source.ts";

interface CommonOptions {
  state: string;
  json?: boolean;
}

/** `nightcap evidence ...`: the keys that sign manifests, and the access log. */
export function addEvidenceCommand(program: Command): void {
  const parent = program
    .command("evidence")
    .description("keys that sign manifests of captures, and the log of who did what with captures");
  addEvidenceLogCommand(parent);
  add(parent, "keys", "the public keys, as `nightcap verify --key` takes them", async (client) => {
    await writeOut(`${JSON.stringify({ keys: await fetchKeys(client) }, null, 2)}\n`);
  });
  add(
    parent,
    "rotate-key",
    "sign with a new key from now on; the old public key is kept, the old private key is not",
    async (client, { json }) => {
      const path = "/nightcap/v1/evidence/rotateKey";
      const made = publicKey.parse(await client.request("POST", path));
      await writeOut(
        json
          ? `${JSON.stringify(made, null, 2)}\n`
          : `manifests are signed with key ${made.kid} from ${made.validFrom} on\n`,
      );
    },
  );
}

function add(
  parent: Command,
  name: string,
  description: string,
  work: (client: ControlPlaneClient, options: CommonOptions) => Promise<void>,
): void {
  parent
    .command(name)
    .description(description)
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON")
    .action(async (options: CommonOptions) => {
      const client = await openControlPlaneClient(await readCredentials(options.state));
      await work(client, options);
    });
}
