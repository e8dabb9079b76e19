import type { Clock } from "../../common/clock.ts";
import { readServiceTags, type ServiceTags } from "../enrich/service-tags.ts";
import type { PrefixTable } from "../prefix/prefix-table.ts";
import type { FeedCopy } from "./feed-copy.ts";
import { serviceTagsName, type SourceSettings, type ThreatListSettings } from "./feed-settings.ts";
import { createFeed, type Feed } from "./feed.ts";
import { rememberFirstSeen } from "./first-seen.ts";
import { readThreatFeed } from "./read-threat-feed.ts";
import { createThreatList, type ThreatList } from "./threat-list.ts";

export interface FeedSurroundings {
  readonly directory: string;
  readonly clock: Clock;
  /** Addresses that no list may mark. */
  readonly allowed: PrefixTable | null;
}

export function openServiceTagFeed(
  source: SourceSettings,
  { directory, clock }: FeedSurroundings,
): Feed<ServiceTags> {
  return createFeed<ServiceTags>({
    name: serviceTagsName,
    source,
    directory,
    clock,
    read: async ({ text }) => readServiceTags(text, "service tags"),
    versionOf: ({ changeNumber }) => String(changeNumber),
  });
}

export function openThreatFeed(
  settings: ThreatListSettings,
  { directory, clock, allowed }: FeedSurroundings,
): Feed<ThreatList> {
  const { name, threatType, description } = settings;
  const read = async ({ facts, text }: FeedCopy): Promise<ThreatList> => {
    const { prefixes, notes, skipped } = readThreatFeed(text, settings, {
      allowed,
      now: clock.now(),
    });
    const now = Math.trunc(Date.parse(facts.fetchedTime) / 1_000);
    const firstSeen = await rememberFirstSeen(directory, name, { prefixes, now });
    const version = `${facts.sha256.slice(0, 12)}@${facts.fetchedTime}`;
    return createThreatList({
      name,
      version,
      threatType,
      description,
      prefixes,
      notes,
      firstSeen,
      skipped,
    });
  };
  return createFeed<ThreatList>({
    name,
    source: settings,
    directory,
    clock,
    read,
    versionOf: ({ version }) => version,
  });
}
