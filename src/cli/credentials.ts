import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";

/** What the control plane leaves for people and scripts on its own host, mode 0600. */
const credentialsFile = z.object({
  endpoint: z.url({ protocol: /^https$/ }),
  tenantId: z.uuid(),
  subscriptionId: z.uuid(),
  clientId: z.string(),
  clientSecret: z.string(),
  /** PEM file of the authority to trust. */
  certificateAuthorityFile: z.string(),
  resourceGroup: z.string(),
  location: z.string(),
  /** The local responder's URL without its key, and the key. */
  responderUrl: z.url(),
  responderKey: z.string(),
});

export type Credentials = z.infer<typeof credentialsFile>;

/** Where state lies unless told: the system's folder for root, the user's own otherwise. */
export function defaultStateDirectory(): string {
  const { NIGHTCAP_STATE, XDG_STATE_HOME } = process.env;
  if (NIGHTCAP_STATE) return NIGHTCAP_STATE;
  if (process.getuid?.() === 0) return "/var/lib/nightcap";
  return join(XDG_STATE_HOME ?? join(homedir(), ".local", "state"), "nightcap");
}

export const credentialsPath = (stateDirectory: string): string =>
  join(stateDirectory, "credentials.json");

export async function readCredentials(stateDirectory: string): Promise<Credentials> {
  const path = credentialsPath(stateDirectory);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new NightcapError(
      "SettingsInvalid",
      `cannot read ${path}; start the control plane with "npm start" or "nightcap up", or name its folder with --state`,
      { cause },
    );
  });
  try {
    return credentialsFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new NightcapError(
      "SettingsInvalid",
      `${path} is damaged; it is written anew at each start`,
      {
        cause,
      },
    );
  }
}
