import type { FlowOrigin } from "../../flowlog/flow-batch.ts";
import type { Endpoint, FlowVerdict } from "../../traffic/classified-flows.ts";

/** Facts as one JSON text, without those that are empty: "" when all are. */
function toWord(facts: Readonly<Record<string, string | number>>): string {
  const known = Object.entries(facts).filter(([, value]) => value !== "" && value !== 0);
  return known.length === 0 ? "" : JSON.stringify(Object.fromEntries(known));
}

export const originWord = (origin: FlowOrigin): string => toWord({ ...origin });

/** All that is known of an address. */
export function placeWord({ threat, isPublic, ...facts }: Endpoint): string {
  return toWord({
    ...facts,
    address: "", // has its own column, and would make every word another one
    isPublic: Number(isPublic),
    threatList: threat?.list ?? "",
    threatListVersion: threat?.listVersion ?? "",
    threatEntry: threat?.entry ?? "",
    threatType: threat?.threatType ?? "",
    threatDescription: threat?.description ?? "",
    threatFirstSeen: threat?.firstSeen ?? "",
  });
}

/** What an aggregated record says of a side that keeps its address. */
export const namedAreaWord = (endpoint: Endpoint): string =>
  toWord({
    virtualNetwork: endpoint.virtualNetwork,
    subnet: endpoint.subnet,
    virtualMachine: endpoint.virtualMachine,
    networkInterface: endpoint.networkInterface,
    subscription: endpoint.subscription,
    region: endpoint.region,
    site: endpoint.site,
    clientPool: endpoint.clientPool,
    country: endpoint.country,
    serviceTag: endpoint.serviceTag,
    threatType: endpoint.threat?.threatType ?? "",
  });

/** A public side that is counted by country or region: its address goes to a list in the record. */
export const blankAreaWord = (endpoint: Endpoint): string =>
  toWord({
    blank: 1,
    region: endpoint.region,
    country: endpoint.country,
    serviceTag: endpoint.serviceTag,
  });

export const verdictWord = ({ reason }: FlowVerdict, dataVersion: string): string =>
  toWord({ reason, dataVersion });
