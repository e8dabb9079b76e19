import {
  type OwnersFile,
  readOwners,
  type SocketOwner,
} from "../../src/inspection/change/socket-owner.ts";
import { type OwnerWatch, startOwnerWatch } from "../../src/owner/owner-watch.ts";
import { ownerSettings } from "../../src/owner/settings.ts";

/** Starts a watch over a namespace; more processor time than usual, so that a busy machine changes nothing. */
export const watchOf = (
  networkNamespace: string,
  settings: Record<string, unknown> = {},
): Promise<OwnerWatch> =>
  startOwnerWatch({
    networkNamespace,
    settings: ownerSettings.parse({ cpuPercentMax: 50, restMilliseconds: 100, ...settings }),
  });

/** What is known of the time from a moment on. */
export async function ownersOf(watch: OwnerWatch, from = 0): Promise<OwnersFile> {
  const lines = await watch.linesOf({ from, to: Date.now() });
  async function* once(): AsyncGenerator<Uint8Array> {
    if (lines) yield lines;
  }
  return readOwners(once());
}

/** Looks until a socket is there that fits; the last look decides. */
export async function eventuallyOwner(
  watch: OwnerWatch,
  fits: (owner: SocketOwner) => boolean,
): Promise<SocketOwner | undefined> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const found = (await ownersOf(watch)).owners.find(fits);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return undefined;
}
