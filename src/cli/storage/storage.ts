import type { Command } from "commander";
import { addUsageCommand } from "../retention/usage.ts";
import { addCreateKeyCommand } from "./create-key.ts";
import { addEncryptionCommands } from "./encryption.ts";

/** `nightcap storage ...`: the embedded store, as whoever runs it sees it. */
export function addStorageCommand(program: Command): void {
  const storage = program
    .command("storage")
    .description("the store of captures: what it holds, and its encryption");
  addUsageCommand(storage);
  addCreateKeyCommand(storage);
  addEncryptionCommands(storage);
}
