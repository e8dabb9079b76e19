import { randomUUID } from "node:crypto";
import type { AnswerOf } from "../../diagnosis/question.ts";
import type { DiagnosedMachine } from "./diagnosed-machine.ts";

interface Hop {
  type: string;
  id: string;
  address: string;
  resourceId?: string;
  nextHopIds: string[];
  issues: object[];
}

/** The source, the gateway when there is one, and the destination: what lies between is not known. */
export function describeHops(known: {
  machine: DiagnosedMachine;
  other: DiagnosedMachine | null;
  source: string | null;
  answer: AnswerOf<"connect">;
  route: AnswerOf<"nextHop"> | null;
}): Hop[] {
  const { machine, other, source, answer, route } = known;
  const hops: Hop[] = [
    { ...hop("Source", source ?? ""), resourceId: machine.id, issues: issuesOf(answer, route) },
  ];
  const gateway = route?.gateway ?? null;
  if (gateway !== null) hops.push(hop("Gateway", gateway));
  if (answer.address !== null) {
    const isNear = route?.hop === "onLink" || route?.hop === "local";
    const type = other !== null ? "VirtualMachine" : isNear ? "VnetLocal" : "Internet";
    const target = other === null ? {} : { resourceId: other.id };
    hops.push({ ...hop(type, answer.address), ...target });
  }
  for (const [index, each] of hops.entries()) {
    const next = hops[index + 1];
    if (next) each.nextHopIds.push(next.id);
  }
  return hops;
}

const hop = (type: string, address: string): Hop => ({
  type,
  id: randomUUID(),
  address,
  nextHopIds: [],
  issues: [],
});

/** Why probes failed, each reason once, under Azure's types as far as they say it. */
function issuesOf(
  { address, probes }: AnswerOf<"connect">,
  route: AnswerOf<"nextHop"> | null,
): object[] {
  const reasons = Map.groupBy(
    probes.filter(({ milliseconds }) => milliseconds === null),
    ({ error }) => error ?? "unknown",
  );
  return Array.from(reasons, ([error, failed]) => ({
    origin: "Outbound",
    severity: failed.length === probes.length ? "Error" : "Warning",
    type: address === null ? "DnsResolution" : "Unknown",
    context: [
      { key: "error", value: error },
      { key: "probesFailed", value: String(failed.length) },
      ...(route?.hop === "none" ? [{ key: "route", value: "none" }] : []),
    ],
  }));
}
