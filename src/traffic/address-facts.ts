import { createAddressWords } from "../flowlog/address-words.ts";
import type { AddressFacts } from "../inspection/change/change-options.ts";
import { describeAddress } from "./classify/endpoint.ts";
import { describeThreat } from "./classify/standing.ts";
import { readAddress } from "./prefix/address-text.ts";
import type { TrafficData } from "./traffic-data.ts";

/** What the data says of some addresses; those of which it says nothing are left out. */
export function addressFacts(
  data: TrafficData,
  addresses: readonly string[],
): Map<string, AddressFacts> {
  const words = createAddressWords(1);
  const facts = new Map<string, AddressFacts>();
  for (const address of addresses) {
    if (!readAddress(address, words, 0)) continue;
    const { endpoint } = describeAddress(data, { words, at: 0, scope: 0, address });
    const { country, asn, asOwner, threat } = endpoint;
    if (country === "" && asn === 0 && !threat) continue;
    facts.set(address, {
      country: country === "" ? null : country.toUpperCase(),
      asn: asn === 0 ? null : `AS${asn}`,
      owner: asOwner === "" ? null : asOwner,
      threat: threat ? `on ${describeThreat(threat)}` : null,
    });
  }
  return facts;
}
