import type {
  CaptureFileSummary,
  Inspection,
  NameCount,
  ProtocolNode,
  TcpTotals,
  DnsSummary,
  HttpSummary,
  TcpStream,
  TimeSeries,
} from "../inspection/inspection.ts";
import { TopList } from "../inspection/analysis/top-list.ts";
import { summarizeHandshakes, type HandshakeSummary } from "../inspection/summary/handshakes.ts";
import { answer, type Answer } from "./answer.ts";
import { boundedChange } from "./change-text.ts";
import type { ChangeAnswer } from "../inspection/change/change-answer.ts";
import { sortFindings, type Finding } from "../inspection/findings/finding.ts";
import { privacyTextBegin } from "../inspection/tools/privacy/privacy-policy.ts";
import { recordingFindings } from "../inspection/findings/recording.ts";
import { summarizeRtt, type RttSummary } from "../inspection/summary/initial-rtt.ts";
import {
  applicationProtocols,
  boundedHierarchy,
  type ProtocolTotal,
} from "../inspection/summary/protocols.ts";
import {
  type ReportOwners,
  reportOwners,
  streamsWithProcesses,
  talksWithProcesses,
  type WithProcesses,
} from "./processes.ts";
import type { FiredAlert, ReportedCapture, ReportedCoverage, ReportInput } from "./report-input.ts";
import {
  nameLengthMax,
  textLengthMax,
  visible,
  withoutSecrets,
} from "../inspection/summary/safe-text.ts";
import { takeTop, type Top } from "../inspection/summary/top.ts";
import {
  destinationPorts,
  talks,
  type Destination,
  type Talk,
} from "../inspection/summary/traffic.ts";
import { parseNanoseconds } from "../inspection/summary/units.ts";

/** Of what the host says of its recording. */
const coverageWarningCountMax = 32;
/** Rows that a report keeps of each list; the capture itself has the rest. */
const rowCountMax = 100;

/**
 * Everything a report says, bounded, in one value: the JSON document, and what HTML and text show.
 * Field order is the order of this interface.
 */
export interface ReportDocument {
  format: "nightcap-report/1";
  createdAt: string;
  answer: Answer;
  /** What changed at the alert, and why; null where nobody asked. */
  change: ChangeAnswer | null;
  findings: readonly Finding[];
  alert: FiredAlert | null;
  capture: ReportedCapture;
  file: CaptureFileSummary & { durationNanoseconds: string | null };
  protocolHierarchy: readonly ProtocolNode[];
  applicationProtocols: Top<ProtocolTotal>;
  conversations: Top<WithProcesses<Talk>>;
  destinations: Top<Destination>;
  initialRtt: RttSummary | null;
  dns: DnsSummary;
  http: HttpSummary;
  tls: HandshakeSummary;
  /** TCP streams, most bytes first. */
  streams: Top<WithProcesses<TcpStream>>;
  /** Absent where it was not recorded which processes had the sockets. */
  owners?: ReportOwners;
  timeSeries: TimeSeries;
  tcp: { streamCount: number; totals: TcpTotals };
  udp: { streamCount: number };
  names: { dns: Top<NameCount>; http: Top<NameCount>; tls: Top<NameCount> };
  overflow: Inspection["overflow"];
}

export function reportDocument(input: ReportInput): ReportDocument {
  const { inspection } = input;
  const { overflow } = inspection;
  const owners = reportOwners(inspection);
  return {
    format: "nightcap-report/1",
    createdAt: visible(input.createdAt),
    answer: answer(input),
    change: inspection.change ? boundedChange(inspection.change) : null,
    findings: reportFindings(input),
    alert: input.alert && boundedAlert(input.alert),
    capture: { ...boundedCapture(input.capture), ...privacyOf(input) },
    file: fileSummary(inspection.file),
    protocolHierarchy: boundedHierarchy(inspection.protocolHierarchy),
    applicationProtocols: takeTop(applicationProtocols(inspection.protocolHierarchy), rowCountMax),
    conversations: talksWithProcesses(
      withOverflow(takeTop(talks(inspection), rowCountMax), overflow.conversations),
      inspection,
    ),
    destinations: withOverflow(
      takeTop(destinationPorts(inspection), rowCountMax),
      overflow.destinations,
    ),
    initialRtt: summarizeRtt(inspection.tcpStreams),
    dns: boundedDns(inspection.dns),
    http: boundedHttp(inspection.http),
    tls: summarizeHandshakes(inspection.tls),
    streams: streamsWithProcesses(busiestStreams(inspection), inspection),
    ...(owners && { owners }),
    timeSeries: inspection.timeSeries,
    tcp: {
      streamCount: inspection.tcpStreams.length + overflow.tcpStreams,
      totals: inspection.tcpTotals,
    },
    udp: { streamCount: inspection.udpStreams.count },
    names: {
      dns: boundedNames(inspection.names.dns),
      http: boundedNames(inspection.names.http),
      tls: boundedNames(inspection.names.tls),
    },
    overflow,
  };
}

/** What the packets say, and what is known of how they were recorded. */
const reportFindings = ({ inspection, capture }: ReportInput): Finding[] =>
  sortFindings([...recordingFindings(inspection.file, capture), ...inspection.findings]).slice(
    0,
    rowCountMax,
  );

/** Exchanges and servers that a report keeps of DNS and HTTP. */
const exchangeCountMax = 10;

const boundedDns = (dns: DnsSummary): DnsSummary => ({
  ...dns,
  slowest: dns.slowest.slice(0, exchangeCountMax),
  failures: dns.failures.slice(0, exchangeCountMax),
  servers: dns.servers.slice(0, exchangeCountMax),
});

const boundedHttp = (http: HttpSummary): HttpSummary => ({
  ...http,
  slowest: http.slowest.slice(0, exchangeCountMax),
  failures: http.failures.slice(0, exchangeCountMax),
  hosts: http.hosts.slice(0, exchangeCountMax),
});

const streamCountMax = 50;

/** The greatest of many, without sorting all of them. */
function busiestStreams({ tcpStreams, overflow }: Inspection): Top<TcpStream> {
  const busiest = new TopList<TcpStream>(streamCountMax);
  for (const stream of tcpStreams) busiest.offer(stream.bytesAToB + stream.bytesBToA, () => stream);
  const items = busiest.result();
  return { items, omitted: tcpStreams.length - items.length + overflow.tcpStreams };
}

const withOverflow = <Item>({ items, omitted }: Top<Item>, more: number): Top<Item> => ({
  items,
  omitted: omitted + more,
});

const boundedNames = (names: readonly NameCount[]): Top<NameCount> => {
  const { items, omitted } = takeTop(names, rowCountMax);
  return { items: items.map(({ name, count }) => ({ name: visible(name), count })), omitted };
};

function fileSummary(file: CaptureFileSummary): ReportDocument["file"] {
  const first = parseNanoseconds(file.firstTime);
  const last = parseNanoseconds(file.lastTime);
  return {
    ...file,
    linkTypes: file.linkTypes.slice(0, rowCountMax),
    ...(file.problem
      ? {
          problem: {
            offset: file.problem.offset,
            reason: visible(file.problem.reason, textLengthMax),
          },
        }
      : {}),
    durationNanoseconds: first === null || last === null ? null : (last - first).toString(),
  };
}

const interfaceCountMax = 64;
const orNull = (text: string | null, lengthMax: number = nameLengthMax): string | null =>
  text === null ? null : visible(text, lengthMax);

const boundedCapture = (capture: ReportedCapture): ReportedCapture => ({
  name: visible(capture.name, textLengthMax),
  host: orNull(capture.host),
  sessionId: orNull(capture.sessionId),
  resourceId: orNull(capture.resourceId, textLengthMax),
  filter: orNull(capture.filter, textLengthMax),
  interfaces: capture.interfaces.slice(0, interfaceCountMax).map((name) => visible(name)),
  startTime: orNull(capture.startTime),
  endTime: orNull(capture.endTime),
  stopReason: orNull(capture.stopReason),
  limits: capture.limits,
  packetsDropped: capture.packetsDropped,
  sizeBytes: capture.sizeBytes,
  sha256: orNull(capture.sha256),
  storedAt:
    capture.storedAt === null ? null : visible(withoutSecrets(capture.storedAt), textLengthMax),
  ...(capture.coverage ? { coverage: boundedCoverage(capture.coverage) } : {}),
});

/** What the host said, or, of a file alone, what that says of itself. */
function privacyOf({ capture, inspection: { file } }: ReportInput): { privacy?: string } {
  const said = file.comments?.find(
    ({ frame, text }) => frame === null && text.startsWith(privacyTextBegin),
  );
  const text = capture.privacy ?? said?.text;
  return text === undefined ? {} : { privacy: visible(text, textLengthMax) };
}

const boundedCoverage = (coverage: ReportedCoverage): ReportedCoverage => ({
  moment: visible(coverage.moment),
  asked: coverage.asked,
  got: coverage.got,
  warnings: coverage.warnings.slice(0, coverageWarningCountMax).map(({ code, message }) => ({
    code: visible(code),
    message: visible(message, textLengthMax),
  })),
});

const boundedAlert = (alert: FiredAlert): FiredAlert => ({
  rule: visible(alert.rule),
  description: visible(alert.description, textLengthMax),
  severity: alert.severity,
  firedTime: visible(alert.firedTime),
  metricName: visible(alert.metricName),
  operator: visible(alert.operator),
  threshold: alert.threshold,
  timeAggregation: visible(alert.timeAggregation),
  windowSize: visible(alert.windowSize),
  metricValue: alert.metricValue,
  ...(alert.expected && {
    expected: {
      low: alert.expected.low,
      high: alert.expected.high,
      seasonality: visible(alert.expected.seasonality),
      sampleCount: alert.expected.sampleCount,
    },
  }),
});
