import type { Endpoint } from "../classified-flows.ts";
import { platformAddress } from "../special-networks.ts";
import type { TrafficData } from "../traffic-data.ts";
import {
  type AddressAt,
  type AddressFacts,
  findFacts,
  type Standing,
  standingOf,
} from "./standing.ts";

export interface KnownAddress {
  readonly endpoint: Endpoint;
  readonly standing: Standing;
}

/** Everything that is known of one address: a few microseconds, so it is kept for the next time. */
export function describeAddress(data: TrafficData, where: AddressAt): KnownAddress {
  const facts = findFacts(data, where);
  return { endpoint: endpointOf(data, where, facts), standing: standingOf(facts) };
}

export function endpointOf(data: TrafficData, where: AddressAt, facts: AddressFacts): Endpoint {
  const host = data.topology.hostAt(where.words, where.at, where.scope);
  const { place, logged, serviceTag, address } = facts;
  return {
    address,
    isPublic: facts.special === null,
    virtualNetwork: place?.virtualNetwork ?? logged?.virtualNetwork ?? "",
    subnet: place?.subnet ?? logged?.subnet ?? "",
    virtualMachine: host?.virtualMachine ?? "",
    networkInterface: host?.networkInterface ?? logged?.networkInterface ?? "",
    scaleSet: host?.scaleSet ?? "",
    subscription: place?.subscription || (host?.subscription ?? logged?.subscription ?? ""),
    region: address === platformAddress ? "Global" : place?.region || (serviceTag?.region ?? ""),
    site: place?.site ?? "",
    connectionType: place?.connectionType ?? "",
    connectionName: place?.connectionName ?? "",
    clientPool: place?.clientPool ?? "",
    ...geographyOf(data, where, facts),
    serviceTag: serviceTag?.tag ?? "",
    threat: facts.threat,
  };
}

type Geographic = Pick<Endpoint, "country" | "city" | "latitude" | "longitude" | "asn" | "asOwner">;

const nowhere: Geographic = {
  country: "",
  city: "",
  latitude: Number.NaN,
  longitude: Number.NaN,
  asn: 0,
  asOwner: "",
};

/** Only an address of the Internet is anywhere. */
function geographyOf(
  { geography, autonomousSystems }: TrafficData,
  { words, at, address }: AddressAt,
  { special }: AddressFacts,
): Geographic {
  if (special) return nowhere;
  const city = geography?.city(address);
  const system = autonomousSystems?.find(words, at);
  return {
    country: geography?.country(address) ?? "",
    city: city?.name ?? "",
    latitude: city?.latitude ?? Number.NaN,
    longitude: city?.longitude ?? Number.NaN,
    asn: system?.asn ?? 0,
    asOwner: system?.owner ?? "",
  };
}
