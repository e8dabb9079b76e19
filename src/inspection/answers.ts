import type { Analyses } from "./analysis/analyses.ts";
import { endpointsOf } from "./analysis/endpoints.ts";
import type { Time } from "./file/time.ts";
import type { Inspection } from "./inspection.ts";

/** The parts of an inspection that answer people's questions, beyond the tables that tshark has too. */
type AnswerName =
  | "endpoints"
  | "ethernetConversations"
  | "timeSeries"
  | "dns"
  | "http"
  | "credentials"
  | "tls";

/** What the analyses answer, once the last packet, at `end`, was seen. */
export function answersOf(analyses: Analyses, end: Time | null): Pick<Inspection, AnswerName> {
  const { addresses, ipTraffic } = analyses;
  const ethernetConversations = analyses.ethernet.result();
  return {
    endpoints: {
      ethernet: endpointsOf(ethernetConversations),
      ipv4: ipTraffic.ipv4.conversations.endpoints(addresses),
      ipv6: ipTraffic.ipv6.conversations.endpoints(addresses),
    },
    ethernetConversations,
    timeSeries: analyses.traffic.series(analyses.addresses),
    dns: analyses.dns.result(end),
    http: analyses.http.result(),
    credentials: analyses.credentials.result(),
    tls: analyses.tls.result(),
  };
}
