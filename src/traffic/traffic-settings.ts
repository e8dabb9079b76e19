import { z } from "zod";
import { serviceTagSettings, serviceTagsName, threatListSettings } from "./feeds/feed-settings.ts";
import { prefixText, topologySettings } from "./topology/topology-settings.ts";

const listCountMax = 64;
const allowedCountMax = 100_000;

/** Resolvers that nearly every network uses, and that lists of attackers' addresses name by mistake. */
const publicResolvers = [
  "1.0.0.1",
  "1.1.1.1",
  "8.8.4.4",
  "8.8.8.8",
  "9.9.9.9",
  "149.112.112.112",
  "2001:4860:4860::8844",
  "2001:4860:4860::8888",
  "2606:4700:4700::1001",
  "2606:4700:4700::1111",
  "2620:fe::9",
  "2620:fe::fe",
];

/** "package" for the one that is installed, "off", or the path of a database in MaxMind's format. */
const database = z.string().min(1).default("package");

/** `traffic.json`: one's own network, and what the addresses of others are looked up in. */
export const trafficSettings = z
  .strictObject({
    topology: topologySettings.prefault({}),
    /**
     * The side at which a flow log is written (Outbound: the source, Inbound: the destination) is in the network or
     * at the interface that the log is of, where the topology has no place for it.
     */
    mapLoggedSide: z.boolean().default(true),
    /** Microsoft's file of Azure's addresses; none is shipped. */
    serviceTags: serviceTagSettings.optional(),
    /** The first list that names an address gives the reason. */
    threatLists: z.array(threatListSettings).max(listCountMax).default([]),
    /** Addresses and prefixes that no list may mark. */
    allow: z.array(prefixText).max(allowedCountMax).default(publicResolvers),
    country: database,
    city: database,
    /** Autonomous systems with their owners, of the installed package. */
    asn: z.enum(["package", "off"]).default("package"),
  })
  .refine(
    ({ threatLists }) =>
      new Set(threatLists.map(({ name }) => name.toLowerCase())).size === threatLists.length,
    "two threat lists have the same name",
  )
  .refine(({ threatLists }) => threatLists.every(({ name }) => name !== serviceTagsName), {
    message: "service-tags is no name for a threat list",
  });

export type TrafficSettings = z.infer<typeof trafficSettings>;
