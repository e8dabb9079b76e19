import type { ServiceTagMatch } from "../enrich/service-tags.ts";
import { findThreat } from "../feeds/threat-list.ts";
import type { ThreatMatch } from "../classified-flows.ts";
import { findPrefix } from "../prefix/prefix-table.ts";
import { findSpecialNetwork, platformAddress, type SpecialNetwork } from "../special-networks.ts";
import { describePlace, type Place } from "../topology/place.ts";
import type { LoggedSide } from "../topology/logged-side.ts";
import type { TrafficData } from "../traffic-data.ts";

/** What was found of one address, in the order in which it decides. */
export interface AddressFacts {
  readonly address: string;
  readonly place: Place | null;
  /** What the flow log says of it, where it is the logged side and the topology has no place for it. */
  readonly logged: LoggedSide | null;
  readonly special: SpecialNetwork | null;
  /** The public prefix of one's own over it; "" for none. */
  readonly ownedPrefix: string;
  readonly serviceTag: ServiceTagMatch | null;
  readonly threat: ThreatMatch | null;
  /** On a list, and on the list of those that no list may mark. */
  readonly isAllowed: boolean;
  /** Whether there was anything to look it up in. */
  readonly hasServiceTags: boolean;
  readonly hasThreatLists: boolean;
}

/** Where the address at `at` of `words` is, as text `address`. */
export interface AddressAt {
  readonly words: Uint32Array;
  readonly at: number;
  readonly scope: number;
  readonly address: string;
  /** Given when it is the side that a flow log logs. */
  readonly logged?: LoggedSide | null;
}

export function findFacts(
  data: TrafficData,
  { words, at, scope, address, logged }: AddressAt,
): AddressFacts {
  const special = findSpecialNetwork(words, at);
  const threat = special ? null : firstThreat(data, words, at);
  const isAllowed =
    threat !== null && data.allowed !== null && findPrefix(data.allowed, words, at) >= 0;
  const place = data.topology.placeAt(words, at, scope);
  return {
    address,
    place,
    logged: place === null ? (logged ?? null) : null,
    special,
    ownedPrefix: data.topology.ownedPrefixAt(words, at),
    serviceTag: special ? null : (data.serviceTags?.find(words, at) ?? null),
    threat: isAllowed ? null : threat,
    isAllowed,
    hasServiceTags: data.serviceTags !== null,
    hasThreatLists: data.threatLists.length > 0,
  };
}

function firstThreat(
  { threatLists }: TrafficData,
  words: Uint32Array,
  at: number,
): ThreatMatch | null {
  for (const list of threatLists) {
    const match = findThreat(list, words, at);
    if (match) return match;
  }
  return null;
}

/** What an address is for FlowType. Two addresses of one standing always give the same verdict. */
export interface Standing {
  readonly kind:
    | "virtualNetwork"
    | "site"
    | "clientPool"
    | "logged"
    | "private"
    | "azure"
    | "malicious"
    | "external";
  readonly virtualNetwork: string;
  /** Words that follow "the source is". */
  readonly words: string;
  /** Of a logged side: what its address is without the flow log. */
  readonly otherwise?: Standing;
}

/**
 * The topology comes first; then that a flow log logs the address; then whether the address is one of the Internet at all; then Azure's
 * ranges, before the threat lists (Traffic Analytics schema, FlowType).
 */
export function standingOf(facts: AddressFacts): Standing {
  const { place, logged } = facts;
  if (place)
    return { kind: place.kind, virtualNetwork: place.virtualNetwork, words: describePlace(place) };
  const otherwise = standingOutside(facts);
  if (!logged) return otherwise;
  const { virtualNetwork } = logged;
  return { kind: "logged", virtualNetwork, words: loggedWords(logged), otherwise };
}

/** In words, for a reason. */
export const loggedWords = ({ target }: LoggedSide): string =>
  `the side that the flow log of ${target} logs`;

function standingOutside(facts: AddressFacts): Standing {
  const { special } = facts;
  if (special) return outside("private", `${special.what} in no known network`);
  const azure = azureWords(facts);
  if (azure !== null) return outside("azure", azure);
  if (facts.threat)
    return outside("malicious", `on ${describeThreat(facts.threat)}, ${notAzure(facts)}`);
  return outside("external", externalWords(facts));
}

function outside(kind: Standing["kind"], words: string): Standing {
  return { kind, virtualNetwork: "", words };
}

function azureWords({ address, ownedPrefix, serviceTag, threat }: AddressFacts): string | null {
  if (address === platformAddress) return `Azure's platform address ${platformAddress}`;
  if (!serviceTag || ownedPrefix !== "") return null;
  const also = threat ? `, and also on ${describeThreat(threat)}` : "";
  return `an Azure public address of service tag ${serviceTag.tag} (${serviceTag.prefix})${also}`;
}

function externalWords(facts: AddressFacts): string {
  const threat = facts.hasThreatLists ? "on no threat list" : "without threat lists to ask";
  const listed = facts.isAllowed ? "on a threat list, which the allow list overrules" : threat;
  return `a public address ${notAzure(facts)} and ${listed}`;
}

function notAzure({ ownedPrefix, hasServiceTags }: AddressFacts): string {
  if (ownedPrefix !== "") return `of one's own (${ownedPrefix})`;
  return hasServiceTags ? "in no Azure range" : "without service tags to ask";
}

/** The list, the entry, its type and since when, for a reason. */
export function describeThreat({
  list,
  entry,
  threatType,
  description,
  firstSeen,
}: ThreatMatch): string {
  const what = description === "" ? threatType : `${threatType}, ${description}`;
  const since = firstSeen === "" ? "" : `, first seen ${firstSeen}`;
  return `threat list ${list} as ${entry} (${what}${since})`;
}
