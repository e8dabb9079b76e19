import { join } from "node:path";
import { NightcapError } from "../common/errors.ts";
import { readTextIfExists } from "../common/files.ts";
import type { TopologyInput } from "../traffic/topology/topology-settings.ts";
import type { TrafficSource } from "../traffic/traffic-source.ts";

/** Classes by the resources of this host's control plane, too, as its own rows are; nothing where there is none. */
export async function useKnownTopology(source: TrafficSource, state: string): Promise<void> {
  const path = join(state, "flows", "topology.json");
  const text = await readTextIfExists(path);
  if (text === null) return;
  try {
    source.setResources(JSON.parse(text) as TopologyInput); // which parses it by its schema
  } catch (cause) {
    throw new NightcapError("SettingsInvalid", `the topology in ${path} cannot be used`, { cause });
  }
}
