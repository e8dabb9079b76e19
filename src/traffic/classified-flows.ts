/** FlowType as Azure spells it (Traffic Analytics schema page). */
export const flowTypes = [
  "IntraVNet",
  "InterVNet",
  "S2S",
  "P2S",
  "AzurePublic",
  "ExternalPublic",
  "MaliciousFlow",
  "UnknownPrivate",
  "Unknown",
] as const;
export type FlowType = (typeof flowTypes)[number];

/** Why an address is taken for malicious. */
export interface ThreatMatch {
  /** The list's name in the settings, and the version of its data. */
  readonly list: string;
  readonly listVersion: string;
  /** The line that matched: an address or a prefix. */
  readonly entry: string;
  /** One of Azure's: Botnet, C2, CryptoMining, DarkNet, DDos, MaliciousUrl, Malware, Phishing, Proxy, PUA, WatchList. */
  readonly threatType: string;
  readonly description: string;
  /** When this entry was first seen in the list, ISO 8601; "" when nobody knows. */
  readonly firstSeen: string;
}

/** Everything that is known of one address. Text that is not known is "". */
export interface Endpoint {
  readonly address: string;
  readonly isPublic: boolean;
  /** "sub/rg/vnet"-style names are Azure's: subnet "rg/vnet/subnet", VM and NIC "rg/name". */
  readonly virtualNetwork: string;
  readonly subnet: string;
  readonly virtualMachine: string;
  readonly networkInterface: string;
  /** Scale set of the virtual machine, "rg/name". */
  readonly scaleSet: string;
  readonly subscription: string;
  /** Azure region, of a topology's part or of a service tag's prefix. */
  readonly region: string;
  /** On-premises site or gateway connection. */
  readonly site: string;
  /** How the site or the pool is connected: "VpnGateway" or "ExpressRoute", and the connection's name. */
  readonly connectionType: string;
  readonly connectionName: string;
  /** Pool of point-to-site clients. */
  readonly clientPool: string;
  /** Two-letter country code, lower case. */
  readonly country: string;
  readonly city: string;
  /** Degrees; NaN when not known, because 0, 0 is a place. */
  readonly latitude: number;
  readonly longitude: number;
  /** 0 when not known. */
  readonly asn: number;
  readonly asOwner: string;
  /** The most specific service tag of Azure, such as "Storage.WestEurope". */
  readonly serviceTag: string;
  readonly threat: ThreatMatch | null;
}

/** Which side of a flow is a public address outside the topology. */
export type PublicSide = "" | "source" | "destination" | "both";

/** What follows from the two sides of a flow. */
export interface FlowVerdict {
  readonly flowType: FlowType;
  /** One sentence: the facts that decided, with list, entry and prefix. */
  readonly reason: string;
  readonly publicSide: PublicSide;
}

/** The classes of a batch's rows: row `i` has `endpoints[source[i]]`, and so on. */
export interface ClassifiedFlows {
  readonly source: Uint32Array;
  readonly destination: Uint32Array;
  readonly verdict: Uint32Array;
  /** Index into `l7Protocols`. */
  readonly l7Protocol: Uint32Array;
  /** Each distinct address of the batch once (twice where two scopes of the topology give it two places). */
  readonly endpoints: readonly Endpoint[];
  readonly verdicts: readonly FlowVerdict[];
  /** IANA's service names by protocol and destination port; "" where there is none. */
  readonly l7Protocols: readonly string[];
  /** Names the versions of all data that were used: lists, service tags, geography, topology. */
  readonly dataVersion: string;
}
