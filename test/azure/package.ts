// The function app as `npm run package:azure` makes it, in a directory of the test's own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadScript } from "../scripts/load-script.ts";

export interface Packaged {
  /** Directory with the app's files. */
  app: string;
  sizesBytes: Record<string, number>;
}

const { packageFunction } = await loadScript<{
  packageFunction: (directory: string) => Promise<Packaged>;
}>("azure/package-function.mjs");

/** Makes the package; `remove` ends its directory. */
export async function makePackage(): Promise<
  Packaged & { directory: string; remove(): Promise<void> }
> {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-function-"));
  const packaged = await packageFunction(directory);
  return { ...packaged, directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
