import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { run } from "../../common/run.ts";

const azTimeoutMilliseconds = 30_000;
const versions = z.object({ "azure-cli": z.string().regex(/^\d+\.\d+\.\d+/) });

/** The version of the az that is installed here, or null. az's own folder is left alone. */
export async function installedAzVersion(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), "nightcap-az-"));
  try {
    const variables = [`AZURE_CONFIG_DIR=${folder}`, "AZURE_CORE_COLLECT_TELEMETRY=no"];
    const { code, stdout } = await run("env", [...variables, "az", "version", "--output", "json"], {
      timeoutMilliseconds: azTimeoutMilliseconds,
    });
    if (code !== 0) return null;
    return versions.parse(JSON.parse(stdout))["azure-cli"];
  } catch {
    return null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Debian 12's az needs its shim; az 2.45 of Microsoft's own package brings its own SDK and does not. */
export const needsShim = (version: string | null): boolean => version?.startsWith("2.45.") ?? false;
