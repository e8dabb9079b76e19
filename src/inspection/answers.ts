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
  | "credentials";

export type InspectionTables = Omit<Inspection, AnswerName>;

/** Adds to the tables what they and the analyses answer, once the last packet, at `end`, was seen. */
export function withAnswers(
  tables: InspectionTables,
  analyses: Analyses,
  end: Time | null,
): Inspection {
  const ethernetConversations = analyses.ethernet.result();
  return {
    ...tables,
    endpoints: {
      ethernet: endpointsOf(ethernetConversations),
      ipv4: endpointsOf(tables.conversations.ipv4),
      ipv6: endpointsOf(tables.conversations.ipv6),
    },
    ethernetConversations,
    timeSeries: analyses.traffic.series(analyses.addresses),
    dns: analyses.dns.result(end),
    http: analyses.http.result(),
    credentials: analyses.credentials.result(),
  };
}
