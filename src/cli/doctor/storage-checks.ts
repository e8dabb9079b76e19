import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Check, Subject } from "./checks.ts";
import { ok } from "./tools.ts";

const subject: Subject = {
  name: "encryption",
  essential: false,
  why: "whoever gets the disk, or a copy of it, reads the captures on it",
  remedy: "nightcap storage create-key FILE, and start with --storage-key FILE",
};

/** Whether the store beside this state is encrypted. That it is not is a choice, and is said. */
export async function checkEncryption(state: string): Promise<Check> {
  const isEncrypted = await access(join(state, "store", "encryption.json")).then(
    () => true,
    () => false,
  );
  return ok(
    subject,
    isEncrypted
      ? "the store is encrypted (nightcap storage encryption says how far)"
      : "off: captures are stored in plain text (nightcap storage create-key FILE, then --storage-key FILE)",
  );
}
