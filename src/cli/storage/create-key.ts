import { resolve } from "node:path";
import type { Command } from "commander";
import { createKeyFile } from "../../storage/vault/key-file.ts";
import { KeyRing } from "../../storage/vault/key-ring.ts";
import { writeOut } from "../standard-output.ts";

/** `nightcap storage create-key FILE`: the key that the store is encrypted with; never replaces one. */
export function addCreateKeyCommand(parent: Command): void {
  parent
    .command("create-key")
    .description("make a new key file, mode 0600; never replaces one")
    .argument("<file>", "where; keep a copy elsewhere, for without it nothing is readable")
    .option("--json", "print JSON")
    .action(async (file: string, { json }: { json?: boolean }) => {
      const path = resolve(file);
      const { id } = new KeyRing([await createKeyFile(path)]).current;
      await writeOut(
        json
          ? `${JSON.stringify({ keyFile: path, keyId: id })}\n`
          : [
              `made ${path} with key ${id}`,
              `  use it: nightcap up --storage-key ${path}`,
              `  or in the settings: "storage": { "encryption": { "keyFile": ${JSON.stringify(path)} } }`,
              "  Keep a copy of it away from the disk that it protects:",
              "  without it nothing that was encrypted with it can be read again.",
              "",
            ].join("\n"),
      );
    });
}
