import type { FlowOrigin } from "../../flowlog/flow-batch.ts";
import type { Endpoint, FlowVerdict } from "../../traffic/classified-flows.ts";

// Coordinates say NaN where they are not known, as 0 is one; the other numbers say 0.
const unknownNumber = 0;

/** Facts as one JSON text, without those that are not known: "" when none is. */
function toWord(facts: Readonly<Record<string, string | number>>): string {
  const known = Object.entries(facts).filter(
    ([, value]) => value !== "" && value !== unknownNumber && !Number.isNaN(value),
  );
  return known.length === 0 ? "" : JSON.stringify(Object.fromEntries(known));
}

export const originWord = (origin: FlowOrigin): string => toWord({ ...origin });

/** A classifier hands out the same endpoint in each batch, and its words take longer to make than all of its rows. */
function remembered(make: (endpoint: Endpoint) => string): (endpoint: Endpoint) => string {
  const known = new WeakMap<Endpoint, string>();
  return (endpoint) => {
    let word = known.get(endpoint);
    if (word === undefined) known.set(endpoint, (word = make(endpoint)));
    return word;
  };
}

/** All that is known of an address. */
export const placeWord = remembered(({ threat, isPublic, ...facts }) => {
  const { latitude, longitude, ...others } = facts;
  return toWord({
    ...others,
    latitude: coordinate(latitude),
    longitude: coordinate(longitude),
    address: "", // has its own column, and would make every word another one
    isPublic: Number(isPublic),
    threatList: threat?.list ?? "",
    threatListVersion: threat?.listVersion ?? "",
    threatEntry: threat?.entry ?? "",
    threatType: threat?.threatType ?? "",
    threatDescription: threat?.description ?? "",
    threatFirstSeen: threat?.firstSeen ?? "",
  });
});

/** Zero as text, since the number stands for "not known". */
const coordinate = (degrees: number): number | string => (degrees === 0 ? "0" : degrees);

/** What an aggregated record says of a side that keeps its address. */
export const namedAreaWord = remembered((endpoint) =>
  toWord({
    virtualNetwork: endpoint.virtualNetwork,
    subnet: endpoint.subnet,
    virtualMachine: endpoint.virtualMachine,
    networkInterface: endpoint.networkInterface,
    scaleSet: endpoint.scaleSet,
    subscription: endpoint.subscription,
    region: endpoint.region,
    site: endpoint.site,
    clientPool: endpoint.clientPool,
    connectionType: endpoint.connectionType,
    connectionName: endpoint.connectionName,
    country: endpoint.country,
    serviceTag: endpoint.serviceTag,
    threatType: endpoint.threat?.threatType ?? "",
  }),
);

/** A public side that is counted by country or region: its address goes to a list in the record. */
export const blankAreaWord = remembered((endpoint) =>
  toWord({
    blank: 1,
    region: endpoint.region,
    country: endpoint.country,
    serviceTag: endpoint.serviceTag,
  }),
);

export const verdictWord = ({ reason }: FlowVerdict, dataVersion: string): string =>
  toWord({ reason, dataVersion });
