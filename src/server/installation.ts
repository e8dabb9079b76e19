import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { readTextIfExists, writeFileAtomic } from "../common/files.ts";

const keySizeBytes = 32;
/** Azure's storage keys are 64 bytes. */
export const storageKeySizeBytes = 64;

/** What is made once, on the first start: names and keys of this control plane. Mode 0600. */
const installationFile = z.strictObject({
  tenantId: z.uuid(),
  subscriptionId: z.uuid(),
  /** The embedded store's account keys, base64, as Azure has two so that one can be rotated. */
  storageKeys: z.tuple([z.string(), z.string()]),
  /** The responder's function key. */
  responderKey: z.string(),
  /** Signs links to reports. */
  reportLinkKey: z.string(),
});

export type Installation = z.infer<typeof installationFile>;

/** Azure allows 3 to 24 lower-case letters and digits. */
export const storageAccountName = "nightcapstore";

export async function openInstallation(directory: string): Promise<Installation> {
  const path = join(directory, "installation.json");
  const text = await readTextIfExists(path);
  if (text === null) {
    const made = makeInstallation();
    await writeFileAtomic(path, JSON.stringify(made, null, 1));
    return made;
  }
  try {
    return installationFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new NightcapError(
      "SettingsInvalid",
      `${path} is damaged; put it back from a backup, or move ${directory} away to start anew`,
      { cause },
    );
  }
}

function makeInstallation(): Installation {
  const storageKey = (): string => randomBytes(storageKeySizeBytes).toString("base64");
  return {
    tenantId: randomUUID(),
    subscriptionId: randomUUID(),
    storageKeys: [storageKey(), storageKey()],
    responderKey: randomBytes(keySizeBytes).toString("base64url"),
    reportLinkKey: randomBytes(keySizeBytes).toString("base64url"),
  };
}
