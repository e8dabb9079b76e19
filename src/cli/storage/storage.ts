import type { Command } from "commander";
import { addCreateKeyCommand } from "./create-key.ts";

/** `nightcap storage ...`: the embedded store, as whoever runs it sees it. */
export function addStorageCommand(program: Command): void {
  const storage = program.command("storage").description("the store of captures: its encryption");
  addCreateKeyCommand(storage);
}
