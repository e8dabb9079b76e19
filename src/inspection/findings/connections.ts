import { endpointText, visible } from "../summary/safe-text.ts";
import type { NamedStream, StreamGroup } from "../summary/stream-digest.ts";
import { formatCount, plural } from "../summary/units.ts";
import { finding, type Finding, type FindingId } from "./finding.ts";
import type { Inspected } from "./inspected.ts";
import { halfOpenCountMin, oneWayStreamCountMin, oneWayStreamShareMin } from "./thresholds.ts";

/** Connections that did not come to be. */
export const connectionFindings = ({ streams }: Inspected): Finding[] =>
  [
    told(streams.refused, {
      id: "tcp-refused",
      one: "was refused",
      many: "were refused",
      displayFilter: "tcp.completeness.rst && tcp.completeness.syn && !tcp.completeness.syn-ack",
    }),
    told(streams.unanswered, {
      id: "tcp-unanswered",
      one: "got no answer",
      many: "got no answer",
      displayFilter: "tcp.completeness == 1",
    }),
    streams.halfOpen.count < halfOpenCountMin
      ? null
      : told(streams.halfOpen, {
          id: "tcp-half-open",
          one: "stayed half open",
          many: "stayed half open",
          displayFilter: "tcp.completeness == 3",
        }),
    oneWay(streams.oneWay),
  ].filter((found) => found !== null);

interface Told {
  id: FindingId;
  one: string;
  many: string;
  displayFilter: string;
}

const evidenceOf = (
  streams: readonly NamedStream[],
): { frames: number[]; streams: number[]; addresses: string[] } => ({
  frames: streams.flatMap(({ frame }) => frame ?? []),
  streams: streams.map(({ stream }) => stream),
  addresses: streams.map(({ to }) => visible(to)),
});

/** One finding for all of a kind, which names the end that most of them were for. */
function told(group: StreamGroup, words: Told): Finding | null {
  const { count, of, named, targetCount, mostTarget: most } = group;
  if (count === 0 || !most) return null;
  const target = endpointText(most.to, most.port);
  const where =
    targetCount === 1 ? `: ${target}` : `, most to ${target} (${formatCount(most.count)})`;
  return finding(
    words.id,
    "warning",
    `${formatCount(count)} of ${plural(of, "connection")} ${count === 1 ? words.one : words.many}${where}`,
    {
      facts: { connections: count, targets: targetCount, streams: of },
      displayFilter: words.displayFilter,
      ...evidenceOf(named),
    },
  );
}

function oneWay({ count, of, named }: StreamGroup): Finding | null {
  const [first] = named;
  const enough = Math.max(Math.min(oneWayStreamCountMin, of), oneWayStreamShareMin * of);
  if (!first || count < enough) return null;
  return finding(
    "tcp-one-way",
    "warning",
    `${formatCount(count)} of ${plural(of, "TCP stream")} ${count === 1 ? "shows" : "show"} packets one way only, first to ${endpointText(first.to, first.port)}: no answer, or it took another path`,
    {
      facts: { oneWayStreams: count, streams: of },
      displayFilter: `tcp.stream == ${first.stream}`,
      ...evidenceOf(named),
    },
  );
}
