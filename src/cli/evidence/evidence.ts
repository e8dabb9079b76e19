import type { Command } from "commander";
import { addEvidenceLogCommand } from "./evidence-log.ts";
import { publicKey } from "../../evidence/public-keys.ts";
import { addClientCommand } from "../client-command.ts";
import { writeOut } from "../standard-output.ts";
import { fetchKeys } from "./manifest-source.ts";

/** `nightcap evidence ...`: the keys that sign manifests, and the access log. */
export function addEvidenceCommand(program: Command): void {
  const parent = program
    .command("evidence")
    .description("keys that sign manifests of captures, and the log of who did what with captures");
  addEvidenceLogCommand(parent);
  addClientCommand(parent, {
    name: "keys",
    description: "the public keys, as `nightcap verify --key` takes them",
    async work(client) {
      await writeOut(`${JSON.stringify({ keys: await fetchKeys(client) }, null, 2)}\n`);
    },
  });
  addClientCommand(parent, {
    name: "rotate-key",
    description:
      "sign with a new key from now on; the old public key is kept, the old private key is not",
    async work(client, { json }) {
      const path = "/nightcap/v1/evidence/rotateKey";
      const made = publicKey.parse(await client.request("POST", path));
      await writeOut(
        json
          ? `${JSON.stringify(made, null, 2)}\n`
          : `manifests are signed with key ${made.kid} from ${made.validFrom} on\n`,
      );
    },
  });
}
