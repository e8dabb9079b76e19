import { readTextIfExists } from "../../common/files.ts";
import type { AddressFacts } from "../../inspection/change/change-options.ts";
import { isInside } from "../../inspection/change/scene.ts";
import type { WorkerTask } from "./report-task.ts";

/** What the data says of addresses, loaded for this and let go with the thread. Cities are not told, and not loaded. */
export async function loadFacts(
  addresses: readonly string[],
  { settingsPath, stateDirectory }: WorkerTask["traffic"],
): Promise<ReadonlyMap<string, AddressFacts>> {
  const outside = addresses.filter((address) => !isInside(address));
  if (outside.length === 0) return new Map();
  const { openTrafficSource } = await import("../../traffic/traffic-source.ts");
  const { trafficSettings } = await import("../../traffic/traffic-settings.ts");
  const { addressFacts } = await import("../../traffic/address-facts.ts");
  const text = await readTextIfExists(settingsPath);
  const settings = trafficSettings.parse(text === null ? {} : JSON.parse(text));
  const source = await openTrafficSource({
    settings: { ...settings, city: "off" },
    stateDirectory,
  });
  try {
    return addressFacts(source.data(), outside);
  } finally {
    await source.close();
  }
}
