import { z } from "zod";
import { alertFlowCountMax, type AlertFlow } from "./log-detail.ts";

const textLengthMax = 4_096;
const portMax = 65_535;
const text = z.string().max(textLengthMax).optional().catch(undefined);

const flow = z.object({
  SrcIp: text,
  DestIp: text,
  DestPort: z.int().min(0).max(portMax).optional().catch(undefined),
  L4Protocol: text,
  FlowDirection: text,
  FlowStatus: text,
  FlowType: text,
  ThreatType: text,
  ThreatDescription: text,
  ThreatList: text,
  ThreatEntry: text,
  Reason: text,
  resourceId: text,
  rowCount: z.number().catch(1),
});

/** Flows of an alert; what does not look like one is left out, because the alert counts without them. */
export function readIncomingFlows(value: unknown): AlertFlow[] {
  return (Array.isArray(value) ? value.slice(0, alertFlowCountMax) : []).flatMap((each) => {
    const { data } = flow.safeParse(each);
    return data ? [withoutUndefined(data)] : [];
  });
}

function withoutUndefined(data: z.infer<typeof flow>): AlertFlow {
  const known = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as unknown as AlertFlow;
}
