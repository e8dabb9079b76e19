import { join } from "node:path";
import { type Clock, systemClock } from "../common/clock.ts";
import { type Closable, startLoop } from "../common/lifecycle.ts";
import { type Classifier, createClassifier } from "./classify/classifier.ts";
import { openAutonomousSystems } from "./enrich/asn.ts";
import { openGeography } from "./enrich/geography.ts";
import { createServiceNames } from "./enrich/service-names.ts";
import type { Feed, FeedStatus } from "./feeds/feed.ts";
import { openServiceTagFeed, openThreatFeed } from "./feeds/open-feeds.ts";
import { addPrefix, createPrefixList } from "./prefix/prefix-list.ts";
import { createPrefixTable, type PrefixTable } from "./prefix/prefix-table.ts";
import { createTopology } from "./topology/topology.ts";
import type { TopologyInput } from "./topology/topology-settings.ts";
import type { TrafficData } from "./traffic-data.ts";
import type { TrafficSettings } from "./traffic-settings.ts";

/** How often the loop looks which feeds are due. */
const lookIntervalMilliseconds = 10_000;

/** The data of the moment. What was taken from it stays whole: newer data replaces it, never changes it. */
export interface TrafficSource extends Closable {
  data(): TrafficData;
  classifier(): Classifier;
  feeds(): readonly FeedStatus[];
  /** Replaces the part of the topology that comes from resources; the settings' names win over it. */
  setResources(topology: TopologyInput): void;
  /** Asks the feeds that are due (or others); true when any data changed. */
  refresh(options?: { which?: RefreshChoice; signal?: AbortSignal }): Promise<boolean>;
  /** Refreshes in the background until closed. */
  start(): void;
}

/** "missing": those without any copy, and files of this host. */
export type RefreshChoice = "due" | "all" | "missing";

export interface TrafficSourceOptions {
  readonly settings: TrafficSettings;
  /** Copies of feeds are kept in `traffic` under it. */
  readonly stateDirectory: string;
  readonly clock?: Clock;
  /** Told after each try of a feed, and when the loop itself failed. */
  readonly onFeed?: (status: FeedStatus) => void;
  readonly onError?: (error: unknown) => void;
}

/** Opens the installed data and the last good copies of the feeds; fetches nothing. */
export async function openTrafficSource(options: TrafficSourceOptions): Promise<TrafficSource> {
  const { settings, clock = systemClock } = options;
  const directory = join(options.stateDirectory, "traffic");
  const allowed = tableOf(settings.allow);
  const shared = { directory, clock, allowed };
  const tags = settings.serviceTags ? openServiceTagFeed(settings.serviceTags, shared) : null;
  const lists = settings.threatLists.map((list) => openThreatFeed(list, shared));
  const all: readonly Feed<unknown>[] = [...(tags ? [tags] : []), ...lists];
  for (const feed of all) await feed.load();
  const fixed = {
    geography: await openGeography(settings),
    autonomousSystems: settings.asn === "off" ? null : await openAutonomousSystems(),
    serviceNames: createServiceNames(),
    allowed,
    mapLoggedSide: settings.mapLoggedSide,
  };
  let topology = createTopology(settings.topology);
  const collect = (): TrafficData => ({
    ...fixed,
    topology,
    serviceTags: tags?.content() ?? null,
    threatLists: lists.map((list) => list.content()).filter((list) => list !== null),
  });
  let data = collect();
  let classifier: Classifier | null = null;
  const renew = (): void => {
    data = collect();
    classifier = null;
  };
  const refresh: TrafficSource["refresh"] = async ({ which = "due", signal } = {}) => {
    let isChanged = false;
    for (const feed of all.filter((each) => isWanted(each, which, clock.now()))) {
      // A change counts at once: a slow feed holds up no other one's data.
      if (await feed.refresh(signal ?? new AbortController().signal)) {
        isChanged = true;
        renew();
      }
      options.onFeed?.(feed.status());
    }
    return isChanged;
  };
  let loop: Closable | null = null;
  return {
    data: () => data,
    classifier: () => (classifier ??= createClassifier(data)),
    feeds: () => all.map((feed) => feed.status()),
    setResources(part) {
      topology = createTopology(part, settings.topology);
      renew();
    },
    refresh,
    start() {
      loop ??= startLoop({
        intervalMilliseconds: lookIntervalMilliseconds,
        work: async (signal) => void (await refresh({ signal })),
        onError: options.onError ?? (() => undefined),
      });
    },
    close: async () => loop?.close(),
  };
}

function isWanted(feed: Feed<unknown>, which: RefreshChoice, now: number): boolean {
  if (which === "missing") return feed.isLocal || feed.content() === null;
  return which === "all" || feed.dueTime() <= now;
}

function tableOf(prefixes: readonly string[]): PrefixTable {
  const list = createPrefixList();
  for (const prefix of prefixes) addPrefix(list, prefix);
  return createPrefixTable(list);
}
