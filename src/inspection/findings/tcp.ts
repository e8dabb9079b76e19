import type { SegmentSample } from "../inspection.ts";
import { tcpSegmentCount } from "../summary/protocols.ts";
import { formatCount, formatDuration, formatShare, plural } from "../summary/units.ts";
import { finding, type Finding } from "./finding.ts";
import type { Inspected } from "./inspected.ts";
import {
  outOfOrderCountMin,
  outOfOrderShareMin,
  resetCountMin,
  resetsPerStreamMin,
  retransmissionBurstCountMin,
  retransmissionCountMin,
  retransmissionShareMin,
  retransmissionShareProblem,
} from "./thresholds.ts";

/** How TCP fared once it was connected: loss, waiting, breaking off. */
export const tcpFindings = (inspection: Inspected): Finding[] =>
  [retransmissions, bursts, zeroWindows, resets, reordering, unseen]
    .map((look) => look(inspection))
    .filter((found) => found !== null);

const framesOf = (samples: readonly SegmentSample[] = []): number[] =>
  samples.map(({ frame }) => frame);
const streamsOf = (samples: readonly SegmentSample[] = []): number[] =>
  samples.map(({ stream }) => stream);

function retransmissions({ tcpTotals, protocolHierarchy, tcpHealth }: Inspected): Finding | null {
  const count = tcpTotals.retransmission;
  const segments = tcpSegmentCount(protocolHierarchy);
  if (count < retransmissionCountMin || count < retransmissionShareMin * segments) return null;
  const share = segments > 0 ? ` (${formatShare(count, segments)} of TCP segments)` : "";
  return finding(
    "tcp-retransmissions",
    count >= retransmissionShareProblem * segments ? "problem" : "warning",
    `${plural(count, "segment was", "segments were")} sent again${share}: packets or their acknowledgements were lost or late`,
    {
      facts: { retransmissions: count, tcpSegments: segments },
      displayFilter: "tcp.analysis.retransmission",
      frames: framesOf(tcpHealth.retransmissions),
      streams: streamsOf(tcpHealth.retransmissions),
    },
  );
}

function bursts({ tcpHealth: { bursts: found } }: Inspected): Finding | null {
  const [worst] = found;
  if (!worst || worst.count < retransmissionBurstCountMin) return null;
  const many = found.filter(({ count }) => count >= retransmissionBurstCountMin).length;
  const more = many > 1 ? `, the worst of ${plural(many, "burst")}` : "";
  const after =
    worst.afterNanoseconds > 0 ? ` after ${formatDuration(worst.afterNanoseconds)}` : "";
  return finding(
    "tcp-retransmission-burst",
    "warning",
    `${plural(worst.count, "segment was", "segments were")} sent again within a second${after}, in ${plural(worst.streams.length, "stream")}${more}`,
    {
      facts: { retransmissions: worst.count, bursts: many, firstFrame: worst.firstFrame },
      displayFilter: `tcp.analysis.retransmission && frame.number >= ${worst.firstFrame} && frame.number <= ${worst.lastFrame}`,
      frames: found.map(({ firstFrame }) => firstFrame),
      streams: worst.streams,
    },
  );
}

function zeroWindows({ tcpTotals, tcpHealth }: Inspected): Finding | null {
  const { zeroWindow, windowFull } = tcpTotals;
  if (zeroWindow === 0) return null;
  return finding(
    "tcp-zero-window",
    "warning",
    `A receiver said stop ${plural(zeroWindow, "time")} (zero window): its program reads slower than data arrives`,
    {
      facts: { zeroWindow, windowFull },
      displayFilter: "tcp.analysis.zero_window",
      frames: framesOf(tcpHealth.zeroWindows),
      streams: streamsOf(tcpHealth.zeroWindows),
    },
  );
}

function resets({
  tcpTotals: { rst },
  streams: all,
  overflow,
  tcpHealth,
}: Inspected): Finding | null {
  const streams = all.count + overflow.tcpStreams;
  if (rst < resetCountMin || rst < resetsPerStreamMin * streams) return null;
  return finding(
    "tcp-resets",
    "warning",
    `${formatCount(rst)} resets (RST) in ${plural(streams, "TCP stream")}: connections were refused or broken off`,
    {
      facts: { resets: rst, streams },
      displayFilter: "tcp.flags.reset == 1",
      frames: framesOf(tcpHealth.resets),
      streams: streamsOf(tcpHealth.resets),
    },
  );
}

function reordering({ tcpTotals, protocolHierarchy, tcpHealth }: Inspected): Finding | null {
  const count = tcpTotals.outOfOrder;
  const segments = tcpSegmentCount(protocolHierarchy);
  if (count < outOfOrderCountMin || count < outOfOrderShareMin * segments) return null;
  return finding(
    "tcp-out-of-order",
    "note",
    `${plural(count, "segment")} arrived out of order${segments > 0 ? ` (${formatShare(count, segments)} of TCP segments)` : ""}`,
    {
      facts: { outOfOrder: count, tcpSegments: segments },
      displayFilter: "tcp.analysis.out_of_order",
      frames: framesOf(tcpHealth.outOfOrder),
      streams: streamsOf(tcpHealth.outOfOrder),
    },
  );
}

function unseen({ tcpTotals: { ackLostSegment, lostSegment } }: Inspected): Finding | null {
  if (ackLostSegment === 0) return null;
  return finding(
    "tcp-unseen-segments",
    "note",
    `${plural(ackLostSegment, "acknowledgement is", "acknowledgements are")} for data that is not in the capture: those packets arrived, but the recording missed them`,
    {
      facts: { ackLostSegment, lostSegment },
      displayFilter: "tcp.analysis.ack_lost_segment",
    },
  );
}
