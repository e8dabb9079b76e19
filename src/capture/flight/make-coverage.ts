import { isoTime } from "../../common/clock.ts";
import type {
  CaptureCoverage,
  CoverageGap,
  CoverageInterface,
  CoverageWarning,
} from "./coverage.ts";
import type { LookBackInterface, LookBackResult } from "./look-back-result.ts";

/** A ring that reaches back this much less is as good as asked. */
const shortSeconds = 0.5;
const warningCountMax = 64;
const gapCountMax = 64;
const messageLengthMax = 1_000;
/** Of a filter of hundreds of addresses the beginning says enough. */
const filterTextMax = 2_000;

export interface CoverageFacts {
  lookBack: LookBackResult | null;
  lookBackSeconds: number;
  interfaces: readonly string[];
  /** As libpcap takes it. */
  filter: string;
  afterSeconds: number;
  /** Milliseconds since the epoch, of the session's own recording; null: it did not begin. */
  startedAt: number | null;
  endedAt: number;
  /** Of the finished file. */
  packets: number;
  packetsDropped: number;
  clockOffsetMilliseconds: number | null;
  /** When the session's own recording was interrupted. */
  recordingGaps: readonly CoverageGap[];
}

/** The record of what a capture covers, with a warning for all that is less than was asked. */
export function makeCoverage(facts: CoverageFacts): CaptureCoverage {
  const { lookBack, startedAt, endedAt } = facts;
  const moment = lookBack?.moment ?? startedAt ?? endedAt;
  const interfaces = (lookBack?.interfaces ?? []).map((each) =>
    describe(each, moment, lookBack?.clockSteps ?? []),
  );
  const gotBefore = interfaces.map(({ gotBeforeSeconds }) => gotBeforeSeconds);
  const coverage: CaptureCoverage = {
    moment: isoTime(moment),
    asked: { beforeSeconds: facts.lookBackSeconds, afterSeconds: facts.afterSeconds },
    got: {
      beforeSeconds: gotBefore.length === 0 ? 0 : Math.min(...gotBefore),
      afterSeconds: gotAfterSeconds(facts),
    },
    ring: ringOf(lookBack),
    interfaces: interfaces.length > 0 ? interfaces : facts.interfaces.map(liveOnly),
    gaps: [...(lookBack?.interfaces ?? []).flatMap(gapsOf), ...facts.recordingGaps].slice(
      0,
      gapCountMax,
    ),
    packetsDropped: facts.packetsDropped,
    filter: {
      text: facts.filter.slice(0, filterTextMax),
      ringPacketsSeen: lookBack?.facts ? sum(lookBack, ({ packetsSeen }) => packetsSeen) : null,
      packetsMatched: facts.packets,
    },
    clock: {
      offsetMilliseconds: facts.clockOffsetMilliseconds,
      steppedMilliseconds: (lookBack?.clockSteps ?? []).reduce(
        (total, { milliseconds }) => total + milliseconds,
        0,
      ),
    },
    warnings: [],
  };
  const warnings = [...ringWarnings(facts, coverage), ...fileWarnings(facts)];
  return { ...coverage, warnings: warnings.slice(0, warningCountMax) };
}

/** The record in one line, for the comment in the file and for people. */
export function coverageText({ asked, got, moment, warnings }: CaptureCoverage): string {
  const before =
    asked.beforeSeconds === 0
      ? "no look-back asked for"
      : `look-back of ${asked.beforeSeconds} s before ${moment}: got ${got.beforeSeconds} s`;
  const said = warnings.map(({ code, message }) => `${code}: ${message}`).join("; ");
  return `${before}${said === "" ? "" : `; ${said}`}`;
}

/** Of the interface that has least: what was interrupted is not got. */
function gotAfterSeconds({ startedAt, endedAt, recordingGaps }: CoverageFacts): number {
  if (startedAt === null) return 0;
  const missing = Map.groupBy(recordingGaps, ({ interfaceName }) => interfaceName)
    .values()
    .map((gaps) => missingWithin(gaps, startedAt, endedAt));
  return rounded(Math.max(0, endedAt - startedAt - Math.max(0, ...missing)) / 1_000);
}

/** Milliseconds between `from` and `to` that lie in gaps; two that overlap count once. */
function missingWithin(
  gaps: readonly Pick<CoverageGap, "from" | "to">[],
  from: number,
  to: number,
): number {
  let [sum, reached] = [0, from];
  const times = gaps.map((gap) => [Date.parse(gap.from), Date.parse(gap.to)] as const);
  for (const [begin, end] of times.toSorted((one, other) => one[0] - other[0])) {
    const last = Math.min(end, to);
    sum += Math.max(0, last - Math.max(begin, reached));
    reached = Math.max(reached, last);
  }
  return sum;
}

/** The time over which a clock that was set ahead jumped; a clock that was put back jumped over none. */
const neverWas = ({
  at,
  milliseconds,
}: LookBackResult["clockSteps"][number]): Pick<CoverageGap, "from" | "to"> => ({
  from: isoTime(at - Math.max(0, milliseconds)),
  to: isoTime(at),
});

const gapsOf = ({ gaps, givenUp }: LookBackInterface): CoverageGap[] => [...gaps, ...givenUp];

const rounded = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;

const sum = (result: LookBackResult, value: (each: LookBackInterface) => number): number =>
  result.interfaces.reduce((total, each) => total + value(each), 0);

const instant = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : isoTime(milliseconds);

function ringOf(lookBack: LookBackResult | null): CaptureCoverage["ring"] {
  if (!lookBack?.facts) return null;
  const { holdMilliseconds, heldFiles, heldBytes, filter } = lookBack.facts;
  const { cutMilliseconds } = lookBack;
  const heldAt = isoTime(lookBack.facts.heldAt);
  return { heldAt, holdMilliseconds, heldFiles, heldBytes, cutMilliseconds, filter };
}

function describe(
  each: LookBackInterface,
  moment: number,
  clockSteps: LookBackResult["clockSteps"],
): CoverageInterface {
  const isThere = each.coveredFrom !== null && each.problem === null;
  const from = each.coveredFrom ?? moment;
  const missing = missingWithin([...gapsOf(each), ...clockSteps.map(neverWas)], from, moment);
  const got = isThere ? Math.max(0, moment - from - missing) : 0;
  return {
    name: each.name,
    oldestPacketTime: instant(each.oldestPacketTime),
    coveredFrom: isThere ? instant(each.coveredFrom) : null,
    gotBeforeSeconds: rounded(got / 1_000),
    packetsFromRing: each.packets,
    ringSnapLengthBytes: each.snapLengthBytes,
    ringDrops: each.drops,
  };
}

const liveOnly = (name: string): CoverageInterface => ({
  name,
  oldestPacketTime: null,
  coveredFrom: null,
  gotBeforeSeconds: 0,
  packetsFromRing: 0,
  ringSnapLengthBytes: 0,
  ringDrops: null,
});

const warning = (code: CoverageWarning["code"], message: string): CoverageWarning => ({
  code,
  message: message.slice(0, messageLengthMax),
});

function ringWarnings(facts: CoverageFacts, coverage: CaptureCoverage): CoverageWarning[] {
  const { lookBack, lookBackSeconds } = facts;
  if (!lookBack) return [];
  const warnings: CoverageWarning[] = [];
  if (lookBack.isRecorderOff) {
    warnings.push(
      warning(
        "RecorderOff",
        "the host's flight recorder is off: nothing from before is in the file",
      ),
    );
  }
  if (lookBack.problem !== null) warnings.push(warning("HoldFailed", lookBack.problem));
  const { filter } = lookBack.facts ?? { filter: "" };
  if (filter !== "") {
    const message = `the flight recorder itself keeps only "${filter.slice(0, 200)}": other packets from before are not there`;
    warnings.push(warning("RecorderFiltered", message));
  }
  for (const each of lookBack.interfaces)
    warnings.push(...interfaceWarnings(each, facts, coverage));
  if (lookBack.clockSteps.length > 0) {
    const { steppedMilliseconds } = coverage.clock;
    const message = `the host's clock jumped by ${steppedMilliseconds} ms within the ${lookBackSeconds} s before: times on both sides of it cannot be compared`;
    warnings.push(warning("ClockStepped", message));
  }
  return warnings;
}

function interfaceWarnings(
  each: LookBackInterface,
  { lookBackSeconds, lookBack }: CoverageFacts,
  coverage: CaptureCoverage,
): CoverageWarning[] {
  const { name, gaps, problem } = each;
  if (!each.isWatched && each.oldestPacketTime === null) {
    return [warning("InterfaceNotWatched", `the flight recorder does not watch interface ${name}`)];
  }
  const warnings: CoverageWarning[] = [];
  const got = coverage.interfaces.find((other) => other.name === name)?.gotBeforeSeconds ?? 0;
  if (problem !== null) warnings.push(warning("HoldFailed", `interface ${name}: ${problem}`));
  const from = each.coveredFrom ?? lookBack?.moment ?? 0;
  const windowFrom = lookBack?.windowFrom ?? from;
  if (problem === null && from - windowFrom > shortSeconds * 1_000) {
    const message = `interface ${name}: ${got} of ${lookBackSeconds} s before were in the ring`;
    warnings.push(warning("RingTooShort", message));
  }
  for (const { from: begin, to, reason } of gaps) {
    const message = `interface ${name} was not recorded from ${begin} to ${to}: ${reason}`;
    warnings.push(warning("RecorderWasDown", message));
  }
  for (const { from: begin, to, reason } of each.givenUp) {
    const message = `interface ${name}: packets from ${begin} to ${to} were given up: ${reason}`;
    warnings.push(warning("HoldCutShort", message));
  }
  const { snapLengthBytes, packetsCutShort } = each;
  if (packetsCutShort > 0) {
    const message = `interface ${name}: the ring keeps the first ${snapLengthBytes} bytes of a packet, and ${packetsCutShort} of ${each.packets} packets from before were longer`;
    warnings.push(warning("PacketsCutShort", message));
  }
  if (each.isCutBySize) {
    const message = `interface ${name}: the session's size limit has no room for all of the ${lookBackSeconds} s before; the oldest were left out`;
    warnings.push(warning("LookBackCutBySize", message));
  }
  if (!each.edgeIsFound) {
    const message = `interface ${name}: the first packet of the recording is not in the ring; a packet may be missing or double where the two meet`;
    warnings.push(warning("BoundaryUncertain", message));
  }
  if (each.packetsLacking > 0 && each.edgeIsFound) {
    const message = `interface ${name}: the ring lacks ${each.packetsLacking} of the recording's first packets; how many more the flight recorder lost is not known while it runs`;
    warnings.push(warning("PacketsDropped", message));
  }
  if ((each.drops ?? 0) > 0) {
    warnings.push(
      warning(
        "PacketsDropped",
        `interface ${name}: the flight recorder lost ${each.drops} packets`,
      ),
    );
  }
  return warnings;
}

function fileWarnings({
  filter,
  packets,
  packetsDropped,
  lookBack,
  recordingGaps,
}: CoverageFacts): CoverageWarning[] {
  const warnings = recordingGaps.map(({ interfaceName, from, to, reason }) => {
    const message = `the recording of interface ${interfaceName} was interrupted from ${from} to ${to}: ${reason}`;
    return warning("RecordingBrokeOff", message);
  });
  if (packetsDropped > 0) {
    warnings.push(warning("PacketsDropped", `the recording lost ${packetsDropped} packets`));
  }
  if (filter !== "" && packets === 0) {
    const seen = lookBack?.facts
      ? ` of ${sum(lookBack, (each) => each.packetsSeen)} packets from before, and`
      : "";
    warnings.push(
      warning(
        "FilterMatchedNothing",
        `the filter matched none${seen} of the recording: ${filter.slice(0, 500)}`,
      ),
    );
  }
  return warnings;
}
