import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { describeIssues } from "../../common/settings.ts";
import {
  addPrefix,
  createPrefixList,
  formatPrefix,
  type PrefixList,
} from "../prefix/prefix-list.ts";
import { createPrefixTable, findPrefix, type PrefixTable } from "../prefix/prefix-table.ts";

const tagCountMax = 100_000;
const prefixesPerTagMax = 1_000_000;

/** The file "Azure IP Ranges and Service Tags" (learn.microsoft.com/azure/virtual-network/service-tags-overview). */
const serviceTagsFile = z.object({
  changeNumber: z.int().nonnegative(),
  cloud: z.string().default(""),
  values: z
    .array(
      z.object({
        name: z.string().min(1),
        properties: z.object({
          region: z.string().default(""),
          systemService: z.string().default(""),
          addressPrefixes: z.array(z.string()).max(prefixesPerTagMax),
        }),
      }),
    )
    .min(1)
    .max(tagCountMax),
});

type TagFile = z.infer<typeof serviceTagsFile>;

export interface ServiceTagMatch {
  readonly tag: string;
  /** "" where the tag is not one of a region. */
  readonly region: string;
  readonly prefix: string;
}

/** Azure's own public addresses. */
export interface ServiceTags {
  readonly changeNumber: number;
  readonly prefixCount: number;
  /** Entries that are no prefixes. */
  readonly skippedCount: number;
  /** The most specific tag over an address; null outside Azure. */
  find(words: Uint32Array, at: number): ServiceTagMatch | null;
}

interface TagTable {
  readonly list: PrefixList;
  readonly table: PrefixTable;
  /** Of each prefix in the list. */
  readonly tags: readonly TagFile["values"][number][];
}

/** Tags of whole data centres say less than a service's, however narrow their prefixes are. */
const isCloudTag = ({ name }: { name: string }): boolean => /^AzureCloud(\.|$)/i.test(name);

/** Reads Microsoft's JSON; `where` names it in an error. */
export function readServiceTags(text: string, where: string): ServiceTags {
  const file = parseFile(text, where);
  const services = createTagTable(file.values.filter((tag) => !isCloudTag(tag)));
  const clouds = createTagTable(file.values.filter(isCloudTag));
  const given = file.values.reduce((sum, tag) => sum + tag.properties.addressPrefixes.length, 0);
  const prefixCount = services.list.count + clouds.list.count;
  return {
    changeNumber: file.changeNumber,
    prefixCount,
    skippedCount: given - prefixCount,
    find(words, at) {
      const service = findTag(services, words, at);
      if (service && service.region !== "") return service;
      const cloud = findTag(clouds, words, at);
      return service ? { ...service, region: cloud?.region ?? "" } : cloud;
    },
  };
}

function parseFile(text: string, where: string): TagFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new NightcapError("SettingsInvalid", `${where}: service tags are not JSON`, { cause });
  }
  const result = serviceTagsFile.safeParse(value);
  if (result.success) return result.data;
  throw new NightcapError(
    "SettingsInvalid",
    `${where}: ${describeIssues(result.error).slice(0, 500)}`,
  );
}

/** Of equal prefixes the first counts: a region's tag, then the tag with the fewest prefixes, then by name. */
function createTagTable(tags: TagFile["values"]): TagTable {
  const list = createPrefixList();
  const owners: TagFile["values"] = [];
  for (const tag of tags.toSorted(bySpecificity))
    for (const prefix of tag.properties.addressPrefixes)
      if (addPrefix(list, prefix) === null) owners.push(tag);
  return { list, table: createPrefixTable(list), tags: owners };
}

function bySpecificity(a: TagFile["values"][number], b: TagFile["values"][number]): number {
  const regional = Number(b.properties.region !== "") - Number(a.properties.region !== "");
  if (regional !== 0) return regional;
  const count = a.properties.addressPrefixes.length - b.properties.addressPrefixes.length;
  return count === 0 ? a.name.localeCompare(b.name, "en") : count;
}

function findTag(
  { list, table, tags }: TagTable,
  words: Uint32Array,
  at: number,
): ServiceTagMatch | null {
  const entry = findPrefix(table, words, at);
  const tag = tags[entry];
  if (!tag) return null;
  return { tag: tag.name, region: tag.properties.region, prefix: formatPrefix(list, entry) };
}
