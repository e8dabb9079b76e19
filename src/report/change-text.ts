import type {
  ChangeAnswer,
  ChangeComparison,
  ChangeKind,
  ChangePart,
  ChangeRow,
} from "../inspection/change/change-answer.ts";
import { formatShare } from "../inspection/summary/units.ts";
import { nameLengthMax, textLengthMax, visible } from "../inspection/summary/safe-text.ts";

/** What a kind is called, in a few words. */
export const kindNames: Record<ChangeKind, string> = {
  exfiltration: "Exfiltration",
  peerToPeer: "Peer-to-peer",
  dnsTunnel: "Tunnel through DNS",
  scanOut: "Port scan by this host",
  synFlood: "SYN flood",
  slowBackend: "Slow server",
  loss: "Packet loss",
  backup: "Backup",
  deniedBurst: "Burst of refused attempts",
  singleDestination: "One destination",
  spread: "Spread over many",
  none: "No increase",
};

/** Characters of an answer's paragraph wherever it is told. */
export const paragraphLengthMax = 1_500;

/** What by each part of the answer is called, above its rows. */
export const partTitles: Record<ChangePart["by"], string> = {
  destination: "Peer",
  source: "Own address",
  port: "Port",
  protocol: "Protocol",
  process: "Process",
  country: "Country",
  name: "Name",
};

/** The answer in one line: `Exfiltration (likely): 203.0.113.7:443, 92 % of what grew`. */
export function changeHeadline({
  kind,
  confidence,
  parts,
  explained,
  before,
}: ChangeAnswer): string {
  const name = kindNames[kind];
  if (kind === "none") return name;
  const sure = confidence.level === "certain" ? name : `${name} (${confidence.level})`;
  const of = before ? "of what grew" : "of the traffic";
  const top = parts.find(({ by }) => by === "destination")?.rows[0];
  if (top && (top.share >= 0.5 || kind === "spread"))
    return `${sure}: ${visible(top.name)}, ${formatShare(top.share, 1)} ${of}`;
  return `${sure}: ${formatShare(explained, 1)} ${of}`;
}

/** The paragraph, bounded. */
export const changeParagraph = ({ sentence }: ChangeAnswer): string =>
  visible(sentence, paragraphLengthMax);

/** Rows, columns and texts of an answer that a report keeps: more than any answer has. */
const rowCountMax = 20;
const partCountMax = 10;
const columnCountMax = 240;
const namedCountMax = 20;

/** The answer with all that could be long cut, and every text as it may be shown. */
export function boundedChange(change: ChangeAnswer): ChangeAnswer {
  const { confidence, parts, timeLine, evidence, caveats } = change;
  return {
    ...change,
    confidence: { level: confidence.level, reason: visible(confidence.reason, textLengthMax) },
    sentence: changeParagraph(change),
    parts: parts.slice(0, partCountMax).map(boundedPart),
    comparisons: change.comparisons.map(boundedComparison),
    timeLine: { ...timeLine, values: timeLine.values.slice(0, columnCountMax) },
    evidence: {
      facts: Object.fromEntries(
        Object.entries(evidence.facts)
          .slice(0, namedCountMax)
          .map(([name, fact]) => [name, typeof fact === "string" ? visible(fact) : fact]),
      ),
      displayFilter: orNull(evidence.displayFilter),
      frames: evidence.frames.slice(0, namedCountMax),
      streams: evidence.streams.slice(0, namedCountMax),
      addresses: evidence.addresses.slice(0, namedCountMax).map((address) => visible(address)),
    },
    caveats: caveats.slice(0, partCountMax).map((caveat) => visible(caveat, textLengthMax)),
  };
}

const orNull = (text: string | null): string | null =>
  text === null ? null : visible(text, textLengthMax);

const boundedPart = ({ rows, ...part }: ChangePart): ChangePart => ({
  ...part,
  rows: rows.slice(0, rowCountMax).map(boundedRow),
});

const boundedRow = (row: ChangeRow): ChangeRow => ({
  ...row,
  name: visible(row.name, 2 * nameLengthMax),
  address: orNull(row.address),
  detail: visible(row.detail, textLengthMax),
  process: orNull(row.process),
  threat: orNull(row.threat),
  country: orNull(row.country),
  asn: orNull(row.asn),
});

const boundedComparison = ({
  destinations,
  ...comparison
}: ChangeComparison): ChangeComparison => ({
  ...comparison,
  destinations: destinations
    .slice(0, rowCountMax)
    .map(({ address, bytesOutPerSecond, bytesInPerSecond }) => ({
      address: visible(address),
      bytesOutPerSecond,
      bytesInPerSecond,
    })),
});
