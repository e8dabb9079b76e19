import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Where an installed package's files are, and which version of the data it is. */
export interface PackageData {
  readonly name: string;
  readonly version: string;
  path(file: string): string;
}

/** Null when the package is not installed: the data may be left out of an installation. */
export function findPackageData(name: string): PackageData | null {
  const manifest = manifestPath(name);
  if (manifest === null) return null;
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return { name, version, path: (file) => join(dirname(manifest), file) };
}

/** Some packages show no manifest to others; it is beside their main file then. */
function manifestPath(name: string): string | null {
  const { resolve } = createRequire(import.meta.url);
  for (const entry of [`${name}/package.json`, name]) {
    try {
      return join(dirname(resolve(entry)), "package.json");
    } catch {
      // Not to be found this way.
    }
  }
  return null;
}
