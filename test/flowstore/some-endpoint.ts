import type { Endpoint } from "../../src/traffic/classified-flows.ts";

/** An address of which nothing is known but these facts. */
export const someEndpoint = (facts: Partial<Endpoint>): Endpoint => ({
  address: "",
  isPublic: false,
  virtualNetwork: "",
  subnet: "",
  virtualMachine: "",
  networkInterface: "",
  subscription: "",
  region: "",
  site: "",
  clientPool: "",
  scaleSet: "",
  connectionType: "",
  connectionName: "",
  country: "",
  city: "",
  latitude: Number.NaN,
  longitude: Number.NaN,
  asn: 0,
  asOwner: "",
  serviceTag: "",
  threat: null,
  ...facts,
});
