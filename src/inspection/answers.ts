import type { Analyses } from "./analysis/analyses.ts";
import { Beacons } from "./analysis/beacons.ts";
import { busiestUdpStreams } from "./analysis/busiest-udp-streams.ts";
import { endpointsOf } from "./analysis/endpoints.ts";
import { FlowReader } from "./analysis/flow-reader.ts";
import { PortScans } from "./analysis/port-scans.ts";
import { Services } from "./analysis/services.ts";
import { streamViews } from "./analysis/stream-views.ts";
import { isWatched } from "./findings/expected.ts";
import { findingsOf } from "./findings/findings.ts";
import type { Inspected } from "./findings/inspected.ts";
import type { Policy } from "./findings/policy.ts";
import { synRepeatNanosecondsMin } from "./findings/thresholds.ts";
import type { Time } from "./file/time.ts";
import type { Inspection, PortScan } from "./inspection.ts";
import { digestStreams, type StreamDigest } from "./summary/stream-digest.ts";

/** Services told, those with most bytes. */
const serviceToldMax = 1_000;

/** The parts of an inspection that answer people's questions, beyond the tables that tshark has too. */
type AnswerName =
  | "endpoints"
  | "ethernetConversations"
  | "timeSeries"
  | "dns"
  | "http"
  | "credentials"
  | "tls"
  | "tcpHealth"
  | "services"
  | "portScans"
  | "beacons";

/** What the analyses answer, once the last packet, at `end`, was seen. */
export function answersOf(
  analyses: Analyses,
  { end, policy, isBrief }: { end: Time | null; policy: Policy; isBrief: boolean },
): Pick<Inspection, AnswerName> {
  const { addresses, ipTraffic, traffic } = analyses;
  const ethernetConversations = analyses.ethernet.result();
  const reader = new FlowReader(analyses);
  return {
    endpoints: {
      ethernet: endpointsOf(ethernetConversations),
      ipv4: ipTraffic.ipv4.conversations.endpoints(addresses),
      ipv6: ipTraffic.ipv6.conversations.endpoints(addresses),
    },
    ethernetConversations,
    timeSeries: traffic.series(addresses),
    dns: analyses.dns.result(end),
    http: analyses.http.result(),
    credentials: analyses.credentials.result(),
    tls: analyses.tls.result(),
    tcpHealth: traffic.health.result(),
    ...(isBrief ? noPatterns : patternsOf(reader, analyses, policy)),
  };
}

type PatternName = "services" | "portScans" | "beacons";

const noPatterns: Pick<Inspection, PatternName> = { services: [], portScans: [], beacons: [] };

/** What takes all flows together. */
function patternsOf(
  reader: FlowReader,
  { traffic }: Analyses,
  policy: Policy,
): Pick<Inspection, PatternName> {
  const services = new Services(reader, (service) => isWatched(policy, service));
  const scans = new PortScans(reader);
  const beacons = new Beacons(reader);
  reader.show({ services, scans, beacons });
  return {
    services: services.result(),
    portScans: scans.result(),
    beacons: beacons.result({ tcp: traffic.tcpTimes.bursts, udp: traffic.udpTimes.bursts }),
  };
}

type Brief = Omit<Inspected, "streams">;

/** The same with its findings and the greatest of its UDP streams. */
export function withFindings(
  brief: Brief,
  analyses: Analyses,
  policy: Policy,
): Brief & Pick<Inspection, "findings"> {
  const streams = streamDigest(analyses, brief.portScans);
  const findings = findingsOf({ ...brief, streams }, policy);
  const udpStreams = { ...brief.udpStreams, busiest: busiestUdpStreams(analyses) };
  return { ...brief, udpStreams, services: brief.services.slice(0, serviceToldMax), findings };
}

function streamDigest(analyses: Analyses, scans: readonly PortScan[]): StreamDigest {
  const reader = new FlowReader(analyses);
  const text = (key: number | string): string => reader.text(Number(key));
  // As numbers, by their first streams: a text for each of a million streams would take seconds.
  const scanners = new Set<number | string>(
    scans.flatMap(({ streams: [first] }) => (first === undefined ? [] : [reader.tcp(first).a])),
  );
  return digestStreams(streamViews(reader, analyses.traffic.lastElapsed), {
    text,
    isScanner: (key) => scanners.has(key),
    synRepeatNanosecondsMin,
  });
}
