import type { FlowType, FlowVerdict, PublicSide } from "../classified-flows.ts";
import { isSameNetwork } from "../topology/logged-side.ts";
import type { Standing } from "./standing.ts";

/** The two sides by what they are; a side is mapped when the topology knows it, or the flow log logs it. */
export function decideFlowType(source: Standing, destination: Standing): FlowVerdict {
  const publicSide = publicSideOf(source, destination);
  const { flowType, why } = isMapped(source)
    ? isMapped(destination)
      ? betweenMapped(source, destination)
      : typeByOther(destination, "destination")
    : isMapped(destination)
      ? typeByOther(source, "source")
      : unknown;
  const sides = `the source is ${source.words}, the destination is ${destination.words}`;
  return { flowType, reason: `${why}: ${sides}.`, publicSide };
}

interface Decision {
  readonly flowType: FlowType;
  /** The beginning of the reason's sentence. */
  readonly why: string;
}

const unknown: Decision = {
  flowType: "Unknown",
  why: "Neither address is in a known virtual network, site or client pool",
};

function isMapped({ kind }: Standing): boolean {
  return ["virtualNetwork", "site", "clientPool", "logged"].includes(kind);
}

function betweenMapped(source: Standing, destination: Standing): Decision {
  const has = (kind: Standing["kind"]): boolean =>
    source.kind === kind || destination.kind === kind;
  if (has("site")) return { flowType: "S2S", why: "An on-premises site takes part" };
  if (has("clientPool")) return { flowType: "P2S", why: "A point-to-site client takes part" };
  // Of an interface or a group nobody knows the network: such a side is what its address is.
  if (isSomewhere(source)) return typeByOther(source.otherwise ?? source, "source");
  if (isSomewhere(destination)) {
    return typeByOther(destination.otherwise ?? destination, "destination");
  }
  return isSameNetwork(source.virtualNetwork, destination.virtualNetwork)
    ? {
        flowType: "IntraVNet",
        why: `Both addresses are in virtual network ${source.virtualNetwork}`,
      }
    : {
        flowType: "InterVNet",
        why: `The addresses are in two virtual networks, ${source.virtualNetwork} and ${destination.virtualNetwork}`,
      };
}

const isSomewhere = ({ kind, virtualNetwork }: Standing): boolean =>
  kind === "logged" && virtualNetwork === "";

/** The mapped side's own kind does not matter: the other one says where the flow leads. */
function typeByOther({ kind }: Standing, side: string): Decision {
  switch (kind) {
    case "azure":
      return { flowType: "AzurePublic", why: `The ${side} is Azure's` };
    case "malicious":
      return { flowType: "MaliciousFlow", why: `The ${side} is on a threat list` };
    case "external":
      return { flowType: "ExternalPublic", why: `The ${side} is on the Internet` };
    case "private":
      return {
        flowType: "UnknownPrivate",
        why: `The ${side} is not public and not in the topology`,
      };
    case "virtualNetwork":
    case "site":
    case "clientPool":
    case "logged":
      return unknown;
  }
}

function publicSideOf(source: Standing, destination: Standing): PublicSide {
  if (isPublic(source)) return isPublic(destination) ? "both" : "source";
  return isPublic(destination) ? "destination" : "";
}

function isPublic({ kind }: Standing): boolean {
  return kind === "azure" || kind === "malicious" || kind === "external";
}
