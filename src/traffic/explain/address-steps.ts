import {
  type AddressAt,
  type AddressFacts,
  describeThreat,
  loggedWords,
} from "../classify/standing.ts";
import { findThreat } from "../feeds/threat-list.ts";
import { platformAddress } from "../special-networks.ts";
import { describePlace } from "../topology/place.ts";
import type { TrafficData } from "../traffic-data.ts";
import type { ExplanationStep } from "./explain-flow.ts";

interface Side {
  readonly where: AddressAt;
  readonly facts: AddressFacts;
}

/** The questions about one side, up to the one that decided what it is. */
export function addressSteps(
  data: TrafficData,
  { where, facts }: Side,
  side: string,
): ExplanationStep[] {
  const name = `${side} ${where.address}`;
  const { place, logged, special, ownedPrefix } = facts;
  const mapped = {
    question: `Is the ${name} in the topology?`,
    found: place
      ? `yes, ${describePlace(place)}`
      : "no virtual network, site or client pool has it",
  };
  if (place) return [mapped];
  if (logged) {
    const question = `Does the flow log log the ${name}?`;
    return [mapped, { question, found: `yes, it is ${loggedWords(logged)}` }];
  }
  const open = {
    question: `Is the ${name} one of the Internet?`,
    found: special
      ? `no, it is ${special.what} (${special.prefix})`
      : "yes, it is in no special network",
  };
  if (special) return [mapped, open];
  const owned = {
    question: `Is the ${name} one's own?`,
    found: ownedPrefix === "" ? "no customer-owned prefix has it" : `yes, by ${ownedPrefix}`,
  };
  return [
    mapped,
    open,
    owned,
    { question: `Is the ${name} Azure's?`, found: azureWords(data, facts) },
    { question: `Is the ${name} on a threat list?`, found: threatWords(data, where, facts) },
  ];
}

function azureWords({ serviceTags }: TrafficData, facts: AddressFacts): string {
  const { address, serviceTag, ownedPrefix } = facts;
  if (address === platformAddress) return "yes, Azure's platform address in every virtual network";
  if (!serviceTags) return "not known: no service tags are loaded";
  if (!serviceTag) return `no, it is in none of ${serviceTags.prefixCount} prefixes`;
  const tag = `service tag ${serviceTag.tag} (${serviceTag.prefix})`;
  return ownedPrefix === "" ? `yes, ${tag}` : `${tag} has it, but one's own address does not count`;
}

/** Every list that names the address, not only the first. */
function threatWords(
  { threatLists }: TrafficData,
  { words, at }: AddressAt,
  { isAllowed }: AddressFacts,
): string {
  if (threatLists.length === 0) return "not known: no threat lists are loaded";
  const matches = threatLists
    .map((list) => findThreat(list, words, at))
    .filter((match) => match !== null);
  if (matches.length === 0) return `no, on none of ${threatLists.length}`;
  const found = matches.map(describeThreat).join("; ");
  return isAllowed ? `${found}, but the allow list overrules it` : `yes, ${found}`;
}
