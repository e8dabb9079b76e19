import type { RecordedInterface, RecorderState } from "../../common/host-state.ts";
import type { CoverageGap } from "./coverage.ts";
import type { RecorderLoad } from "./recorder-load.ts";
import { namedTime, type RingFile } from "./ring-file.ts";
import { hostReach, type RingReach, ringReach } from "./ring-reach.ts";
import type { RingTrack } from "./ring-track.ts";

const troubleLengthMax = 1_000;

export interface InterfaceParts {
  track: Pick<RingTrack, "interfaceName" | "recording" | "packets" | "drops">;
  files: readonly RingFile[];
  trouble: string | null;
  /** Within any time, of this interface. */
  gaps: (from: number, to: number) => readonly CoverageGap[];
}

/** How the recorder stands, for people; `load` is what it did lately. */
export function recorderStateOf(
  parts: readonly InterfaceParts[],
  load: RecorderLoad,
  now: number,
): Pick<RecorderState, "reachMilliseconds" | "interfaces" | "cpuShare"> {
  const found = parts.map((each) => ({ each, reach: reachOf(each) }));
  const from = hostReach(found.map(({ reach }) => reach));
  return {
    reachMilliseconds: from === null ? null : age(from, now),
    cpuShare: load.cpuShare,
    interfaces: found.map(({ each, reach }) => stateOf(each, reach, { load, now })),
  };
}

const reachOf = ({ track, files, gaps }: InterfaceParts): RingReach => {
  const [oldest] = files;
  const hadGaps = oldest !== undefined && gaps(0, namedTime(oldest)).length > 0;
  return ringReach(files, { recording: track.recording, hadGaps });
};

function stateOf(
  { track, files, trouble, gaps }: InterfaceParts,
  { from, isWhole }: RingReach,
  { load, now }: { load: RecorderLoad; now: number },
): RecordedInterface {
  const rate = load.rates.get(track.interfaceName);
  return {
    name: track.interfaceName,
    isRecorded: track.recording !== null,
    trouble: trouble === null ? null : trouble.slice(0, troubleLengthMax),
    reachMilliseconds: from === null ? null : age(from, now),
    isWhole,
    missingMilliseconds: from === null ? 0 : lengthOf(gaps(from, now)),
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    packets: track.packets,
    packetsPerSecond: rate?.packetsPerSecond ?? 0,
    bytesPerSecond: rate?.bytesPerSecond ?? 0,
    drops: track.drops,
  };
}

/** Never below 0: a clock that was set back makes what was recorded come from the future. */
const age = (from: number, now: number): number => Math.max(0, Math.round(now - from));

const lengthOf = (gaps: readonly CoverageGap[]): number =>
  gaps.reduce((sum, { from, to }) => sum + Math.max(0, Date.parse(to) - Date.parse(from)), 0);
