import { NightcapError } from "../common/errors.ts";
import type { FlowEngine } from "./engine.ts";
import type { FlowStoreSettings } from "./settings.ts";

/** A client of the engine that the settings name; nothing is created in it but the database. */
export async function connectEngine(settings: FlowStoreSettings): Promise<FlowEngine> {
  if (settings.url !== undefined) {
    const { connectCluster } = await import("./cluster/connect-cluster.ts");
    return connectCluster(settings, settings.url);
  }
  if (settings.directory !== undefined) {
    const { connectEmbedded } = await import("./embedded/connect-embedded.ts");
    return connectEmbedded(settings, settings.directory);
  }
  throw new NightcapError("SettingsInvalid", "flow store: neither a directory nor a url is given");
}
