import type { Endpoint } from "../../traffic/classified-flows.ts";

/** How one column of a side is read from what is known of its address. */
export type EndpointValue =
  | { readonly name: string; readonly word: (endpoint: Endpoint) => string }
  | {
      readonly name: string;
      readonly word?: undefined;
      readonly type: string;
      readonly array: Float32ArrayConstructor | Uint32ArrayConstructor | Uint8ArrayConstructor;
      readonly number: (endpoint: Endpoint) => number;
    };

/** In the order of the table's columns; a test compares the two. */
export const endpointValues: readonly EndpointValue[] = [
  { name: "VirtualNetwork", word: (endpoint) => endpoint.virtualNetwork },
  { name: "Subnet", word: (endpoint) => endpoint.subnet },
  { name: "VirtualMachine", word: (endpoint) => endpoint.virtualMachine },
  { name: "NetworkInterface", word: (endpoint) => endpoint.networkInterface },
  { name: "Subscription", word: (endpoint) => endpoint.subscription },
  { name: "Region", word: (endpoint) => endpoint.region },
  { name: "Site", word: (endpoint) => endpoint.site },
  { name: "ClientPool", word: (endpoint) => endpoint.clientPool },
  { name: "Country", word: (endpoint) => endpoint.country },
  { name: "City", word: (endpoint) => endpoint.city },
  { name: "Latitude", type: "Float32", array: Float32Array, number: ({ latitude }) => latitude },
  { name: "Longitude", type: "Float32", array: Float32Array, number: ({ longitude }) => longitude },
  { name: "Asn", type: "UInt32", array: Uint32Array, number: ({ asn }) => asn },
  { name: "AsOwner", word: (endpoint) => endpoint.asOwner },
  { name: "ServiceTag", word: (endpoint) => endpoint.serviceTag },
  { name: "ThreatList", word: ({ threat }) => threat?.list ?? "" },
  { name: "ThreatListVersion", word: ({ threat }) => threat?.listVersion ?? "" },
  { name: "ThreatEntry", word: ({ threat }) => threat?.entry ?? "" },
  { name: "ThreatType", word: ({ threat }) => threat?.threatType ?? "" },
  { name: "ThreatDescription", word: ({ threat }) => threat?.description ?? "" },
  { name: "ThreatFirstSeen", word: ({ threat }) => threat?.firstSeen ?? "" },
  { name: "IsPublic", type: "UInt8", array: Uint8Array, number: ({ isPublic }) => +isPublic },
];
