import { join } from "node:path";
import { describeError } from "../../common/errors.ts";
import { readTextIfExists } from "../../common/files.ts";
import type { Closable } from "../../common/lifecycle.ts";
import { parseSettings } from "../../common/settings.ts";
import type { AddressFacts } from "../../inspection/change/change-options.ts";
import type { Classifier } from "../../traffic/classify/classifier.ts";
import type { FeedStatus } from "../../traffic/feeds/feed.ts";
import type { ThreatList } from "../../traffic/feeds/threat-list.ts";
import type { TopologyInput } from "../../traffic/topology/topology-settings.ts";
import type { TrafficData } from "../../traffic/traffic-data.ts";
import type { TrafficSource } from "../../traffic/traffic-source.ts";
import type { ServerContext } from "../context.ts";

/** What flows are classed by: the settings' file beside the state, and the topology of the resources. */
export interface Traffic extends Closable {
  classifier(): Promise<Classifier>;
  /** What an explanation is made from; it is loaded where it was not yet. */
  data(): Promise<TrafficData>;
  setTopology(topology: TopologyInput): void;
  /** How each feed is, and how many prefixes a threat list has. */
  feeds(): Promise<readonly (FeedStatus & { entryCount: number | null })[]>;
  /** Asks every source now. */
  refreshFeeds(signal: AbortSignal): Promise<void>;
  /** As they are now; none before the first rows were classed. */
  threatLists(): Promise<readonly ThreatList[]>;
  /** What is known of addresses; null before the first rows were classed. */
  factsOf(addresses: readonly string[]): Promise<readonly [string, AddressFacts][] | null>;
}

/** Nothing is loaded before the first rows are classed. */
export function createTraffic({ settings, log }: Pick<ServerContext, "settings" | "log">): Traffic {
  let opened: Promise<TrafficSource> | undefined;
  let topology: TopologyInput = {};
  const applyTopology = (source: TrafficSource): void => {
    try {
      source.setResources(topology);
    } catch (error) {
      // The last one that could be read stays.
      log.warn({ reason: describeError(error) }, "the topology of the resources is not used");
    }
  };
  const open = async (): Promise<TrafficSource> => {
    const { openTrafficSource } = await import("../../traffic/traffic-source.ts");
    const { trafficSettings } = await import("../../traffic/traffic-settings.ts");
    const path = join(settings.directory, "traffic.json");
    const text = await readTextIfExists(path);
    const source = await openTrafficSource({
      settings: parseSettings(trafficSettings, text === null ? {} : parseJson(text), path),
      stateDirectory: settings.directory,
      onError: (error) => log.warn({ reason: describeError(error) }, "feeds are not refreshed"),
    });
    applyTopology(source);
    source.start();
    return source;
  };
  const use = (): Promise<TrafficSource> => {
    opened ??= open();
    return opened.catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
  };
  return {
    classifier: async () => (await use()).classifier(),
    data: async () => (await use()).data(),
    setTopology(next) {
      topology = next;
      void opened?.then(applyTopology, () => {});
    },
    async feeds() {
      const source = await use();
      const { threatLists } = source.data();
      const sizeOf = (name: string): number | null =>
        threatLists.find((list) => list.name === name)?.prefixes.count ?? null;
      return source
        .feeds()
        .map((status) => Object.assign({ entryCount: sizeOf(status.name) }, status));
    },
    async refreshFeeds(signal) {
      const source = await use();
      await source.refresh({ which: "all", signal });
    },
    async threatLists() {
      const source = await opened?.catch(() => undefined);
      return source?.data().threatLists ?? [];
    },
    async factsOf(addresses) {
      const source = await opened?.catch(() => undefined);
      if (!source) return null;
      const { addressFacts } = await import("../../traffic/address-facts.ts");
      return [...addressFacts(source.data(), addresses)];
    },
    async close() {
      const source = await opened?.catch(() => undefined);
      await source?.close();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // refused by the schema, with the file's name
  }
}
