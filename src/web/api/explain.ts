import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get } from "./request.ts";

/** Why an address counts as malicious. */
export interface Threat {
  list: string;
  entry: string;
  threatType: string;
  description: string;
  /** ISO 8601; "" when nobody knows. */
  firstSeen: string;
}

/** What is known of one address; text that is not known is "". */
export interface KnownAddress {
  address: string;
  isPublic: boolean;
  virtualNetwork: string;
  subnet: string;
  virtualMachine: string;
  networkInterface: string;
  scaleSet: string;
  region: string;
  site: string;
  clientPool: string;
  connectionName: string;
  country: string;
  city: string;
  asn: number;
  asOwner: string;
  serviceTag: string;
  threat: Threat | null;
}

/** By the data that the control plane has now. */
export interface Explanation {
  verdict: { flowType: string; reason: string } | null;
  steps: { question: string; found: string }[];
  source: KnownAddress;
  destination: KnownAddress | null;
  dataVersions: string[];
  attributions: string[];
}

/** What `nightcap explain` says of a flow, or of an address; null asks nothing. */
export const useExplanation = (flow: string | null, target = ""): UseQueryResult<Explanation> =>
  useQuery({
    queryKey: ["explain", flow, target],
    queryFn: () =>
      get<Explanation>(
        `/nightcap/v1/flows/explain?${new URLSearchParams({ flow: flow ?? "", ...(target === "" ? {} : { target }) })}`,
      ),
    enabled: flow !== null,
  });
