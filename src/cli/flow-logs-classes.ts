import { join } from "node:path";
import { readTextIfExists } from "../common/files.ts";
import type { Closable } from "../common/lifecycle.ts";
import { parseSettings, readSettingsFile } from "../common/settings.ts";
import type { FlowBatch } from "../flowlog/flow-batch.ts";
import type { ClassifiedFlows } from "../traffic/classified-flows.ts";
import { useKnownTopology } from "./known-topology.ts";

/** Classes of a batch's rows, made before they are inserted; null where they are to have none. */
export interface FlowClasses extends Closable {
  classify(batch: FlowBatch): ClassifiedFlows | null;
}

export interface ClassesOptions {
  readonly state: string;
  readonly enrich: boolean;
  /** Of lists that are due when the import begins. */
  readonly signal: AbortSignal;
}

/** What `traffic.json` in the state folder says of this network, and its control plane, with the data that is installed. */
export async function openFlowClasses(options: ClassesOptions): Promise<FlowClasses> {
  if (!options.enrich) return { classify: () => null, close: async () => undefined };
  const { openTrafficSource } = await import("../traffic/traffic-source.ts");
  const { trafficSettings } = await import("../traffic/traffic-settings.ts");
  const path = join(options.state, "traffic.json");
  const isThere = (await readTextIfExists(path)) !== null;
  const settings = parseSettings(trafficSettings, isThere ? readSettingsFile(path) : {}, path);
  const source = await openTrafficSource({ settings, stateDirectory: options.state });
  try {
    await useKnownTopology(source, options.state);
    await source.refresh({ signal: options.signal });
  } catch (error) {
    await source.close();
    throw error;
  }
  source.start();
  return { classify: (batch) => source.classifier()(batch), close: () => source.close() };
}
