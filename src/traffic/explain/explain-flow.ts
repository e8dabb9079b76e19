import { attributionsOf } from "../attribution.ts";
import type { Endpoint, FlowVerdict } from "../classified-flows.ts";
import { endpointOf } from "../classify/endpoint.ts";
import { decideFlowType } from "../classify/flow-type.ts";
import { type AddressAt, type AddressFacts, findFacts, standingOf } from "../classify/standing.ts";
import { formatAddress } from "../../flowlog/address-text.ts";
import { type LoggedSide, loggedSideOf } from "../topology/logged-side.ts";
import { dataVersionOf, type TrafficData } from "../traffic-data.ts";
import { addressSteps } from "./address-steps.ts";
import type { AskedFlow } from "./flow-text.ts";

/** One question of the order, and what it found. */
export interface ExplanationStep {
  readonly question: string;
  readonly found: string;
}

export interface Explanation {
  /** Null for an address alone. */
  readonly verdict: FlowVerdict | null;
  readonly direction: "Inbound" | "Outbound" | "";
  readonly l7Protocol: string;
  readonly steps: readonly ExplanationStep[];
  readonly source: Endpoint;
  readonly destination: Endpoint | null;
  readonly dataVersions: readonly string[];
  readonly attributions: readonly string[];
}

interface Side {
  readonly where: AddressAt;
  readonly facts: AddressFacts;
  readonly endpoint: Endpoint;
}

/**
 * The verdict by the classifier's own rules, with each question that led to it; as the flow log of `targetId` has
 * it, where one is given.
 */
export function explainFlow(data: TrafficData, flow: AskedFlow, targetId = ""): Explanation {
  const log = logOf(data, flow, targetId);
  const source = sideOf(data, flow.source, log, "O");
  const destination = flow.destination ? sideOf(data, flow.destination, log, "I") : null;
  const verdict = destination
    ? decideFlowType(standingOf(source.facts), standingOf(destination.facts))
    : null;
  return {
    verdict,
    direction: flow.direction === "" ? "" : flow.direction === "I" ? "Inbound" : "Outbound",
    l7Protocol: serviceOf(data, flow),
    steps: [
      ...addressSteps(data, source, destination ? "source" : "address"),
      ...(destination ? addressSteps(data, destination, "destination") : []),
      ...(verdict
        ? [{ question: "Together", found: `${verdict.flowType}: ${verdict.reason}` }]
        : []),
    ],
    source: source.endpoint,
    destination: destination?.endpoint ?? null,
    dataVersions: dataVersionOf(data).split("; "),
    attributions: attributionsOf(data),
  };
}

/** The flow log that recorded the flow, as far as one is known. */
interface Log {
  readonly scope: number;
  readonly direction: AskedFlow["direction"];
  readonly side: LoggedSide | null;
}

function logOf(data: TrafficData, { direction }: AskedFlow, targetId: string): Log {
  const side = data.mapLoggedSide ? loggedSideOf(targetId) : null;
  return { scope: data.topology.scopeOf({ ...noOrigin, targetId }), direction, side };
}

const noOrigin = { version: 4, flowLogId: "", macAddress: "", aclId: "", rule: "" } as const;

/** The side is logged when the flow goes in `loggedDirection`. */
function sideOf(data: TrafficData, words: Uint32Array, log: Log, loggedDirection: "I" | "O"): Side {
  const logged = log.direction === loggedDirection ? log.side : null;
  const where = { words, at: 0, scope: log.scope, address: formatAddress(words, 0), logged };
  const facts = findFacts(data, where);
  return { where, facts, endpoint: endpointOf(data, where, facts) };
}

function serviceOf(
  { serviceNames }: TrafficData,
  { protocol, destinationPort }: AskedFlow,
): string {
  if (destinationPort === null) return "";
  return serviceNames.names[serviceNames.tables[protocol]?.[destinationPort] ?? 0] ?? "";
}
