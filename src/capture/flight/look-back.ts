import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { readTextIfExists, writeFileAtomic } from "../../common/files.ts";
import type { Log } from "../../common/log.ts";
import { compileFilters } from "../../arm/capture-filter.ts";
import { lookBackFile, ringPartPath } from "../parts.ts";
import type { CaptureSpec } from "../session.ts";
import { type ClockStep, stepsBack } from "./clock-steps.ts";
import { compileProgram, everyPacket, packetFilter, type PacketFilter } from "./compiled-filter.ts";
import type { CoverageGap } from "./coverage.ts";
import { cutRing, type CutRingResult } from "./cut-ring.ts";
import type { FlightRecorder } from "./flight-recorder.ts";
import type { HoldFacts } from "./holds.ts";
import { holesOf, type ReadFile } from "./holes.ts";
import { type LookBackInterface, type LookBackResult, lookBackResult } from "./look-back-result.ts";
import { coveredFrom, earliest, oldestPacketTime } from "./reach.ts";
import { beginningOf, recordingBeginning } from "./recording-beginning.ts";
import type { RingFile } from "./ring-file.ts";

/** A file's last packet is in it so soon after it was sent. */
const writtenAfterMilliseconds = 1_000;
/** A smaller difference of two clocks is not told from the time that a message takes. */
const offsetMillisecondsMin = 100;
/** Of a session's size, for what comes out of the ring: the rest is for what follows. */
const shareOfSize = 0.5;
/** Of what is left of a full disk: the finished file takes as much again, and the recording goes on. */
const shareOfRoom = 0.25;

export interface LookBackOptions {
  /** The session's own. */
  directory: string;
  spec: CaptureSpec & { lookBack: NonNullable<CaptureSpec["lookBack"]> };
  recorder: FlightRecorder | null;
  networkNamespace: string | null;
  /** The host's clock minus that of whoever says the moment; null: not known. */
  clockOffsetMilliseconds: () => number | null;
  clock: Clock;
  log: Log;
}

/**
 * One session's packets from before: the ring is held when the session is asked for, and what it wants is
 * cut out while it records. Every step may run twice, also after the agent was killed.
 */
export class LookBack {
  readonly #options: LookBackOptions;
  #facts: HoldFacts | null = null;
  #problem: string | null = null;
  #cutting: Promise<LookBackResult> | null = null;
  #isRecording = true;
  #sizeBytes = 0;
  #stepsOfFiles: ClockStep[] | null = null;

  constructor(options: LookBackOptions) {
    this.#options = options;
  }

  /** Holds the ring as it is now. What fails is told in the coverage. */
  hold(): void {
    const { recorder, spec, log } = this.#options;
    try {
      this.#facts = recorder?.hold(spec.sessionId, this.#neededFrom()) ?? null;
    } catch (error) {
      this.#problem = `the ring's files could not be held: ${describeError(error)}`;
      const { sessionId } = spec;
      log.warn({ sessionId, reason: this.#problem }, "no look-back");
    }
  }

  #neededFrom(): number {
    const { clock, spec } = this.#options;
    const moment = this.#momentOf(spec.lookBack.from) ?? clock.now();
    return Math.min(moment, clock.now()) - spec.lookBack.seconds * 1_000 - writtenAfterMilliseconds;
  }

  /** Bytes of the session's parts that came out of the ring. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The session's own recording is over: no packet of it is waited for any more. */
  recorded(): void {
    this.#isRecording = false;
  }

  /** Lets go of the ring; for a session that is forgotten. */
  release(): void {
    const { recorder, spec } = this.#options;
    recorder?.holds.release(spec.sessionId);
  }

  /** Cuts the parts, once; `interfaces` are the session's. */
  cut(interfaces: readonly string[], signal: AbortSignal): Promise<LookBackResult> {
    this.#cutting ??= this.#cut(interfaces, signal).catch((error: unknown) => {
      this.#cutting = null; // it may be tried again
      throw error;
    });
    return this.#cutting;
  }

  async #cut(interfaces: readonly string[], signal: AbortSignal): Promise<LookBackResult> {
    const { directory, recorder, spec } = this.#options;
    const known = parseResult(await readTextIfExists(resultPath(directory)));
    const result = known ?? (await this.#cutNow(interfaces, signal));
    if (!known) await writeFileAtomic(resultPath(directory), JSON.stringify(result));
    recorder?.holds.release(spec.sessionId);
    return result;
  }

  async #cutNow(interfaces: readonly string[], signal: AbortSignal): Promise<LookBackResult> {
    const { clock, recorder, spec } = this.#options;
    const begun = performance.now();
    const { holds } = recorder ?? {};
    const facts = this.#facts ?? holds?.factsOf(spec.sessionId) ?? null;
    const moment = this.#momentOf(spec.lookBack.from) ?? facts?.heldAt ?? clock.now();
    const windowFrom = moment - spec.lookBack.seconds * 1_000;
    const names = interfaces.length > 0 ? interfaces : (facts?.interfaces ?? []).map(nameOf);
    const cut: LookBackInterface[] = [];
    if (facts && recorder) {
      const work = names.map((name) => this.#cutInterface(name, { facts, windowFrom }, signal));
      cut.push(...(await Promise.all(work)));
    }
    return {
      facts,
      problem: this.#problem ?? (facts || !recorder ? null : "the hold is gone"),
      isRecorderOff: recorder === null,
      windowFrom,
      moment,
      cutMilliseconds: performance.now() - begun,
      interfaces: cut,
      clockSteps: this.#clockSteps(windowFrom),
    };
  }

  /** Those that the recorder saw, or one that happened while the agent was not there: the files show it. */
  #clockSteps(from: number): ClockStep[] {
    const { recorder, spec, clock } = this.#options;
    const seen = recorder?.clockStepsSince(from) ?? [];
    if (seen.length > 0 || !recorder) return seen;
    this.#stepsOfFiles ??= stepsBack(recorder.holds.filesOf(spec.sessionId), clock.now());
    return this.#stepsOfFiles;
  }

  /** By the host's own clock, which stamps the packets. */
  #momentOf(from: number | null): number | null {
    const offset = this.#options.clockOffsetMilliseconds() ?? 0;
    const isApart = Math.abs(offset) >= offsetMillisecondsMin;
    return from === null ? null : from + (isApart ? Math.round(offset) : 0);
  }

  async #cutInterface(
    name: string,
    { facts, windowFrom }: { facts: HoldFacts; windowFrom: number },
    signal: AbortSignal,
  ): Promise<LookBackInterface> {
    const { recorder, spec, log } = this.#options;
    const own = facts.interfaces.find((each) => each.name === name);
    const files = this.#filesOf(name);
    const oldest = await oldestPacketTime(files, signal);
    const described: LookBackInterface = {
      name,
      isWatched: own !== undefined,
      oldestPacketTime: oldest,
      coveredFrom: own
        ? coveredFrom(own, files, earliest(oldest, this.#givenUpFrom(name)), windowFrom)
        : oldest,
      packetsSeen: 0,
      packets: 0,
      packetsCutShort: 0,
      snapLengthBytes: own?.snapLengthBytes ?? 0,
      drops: recorder?.dropsOf(name) ?? null,
      edgeIsFound: true,
      packetsLacking: 0,
      packetsFilledIn: 0,
      isCutBySize: false,
      gaps: [],
      givenUp: [],
      problem: null,
    };
    const missed = (read: readonly ReadFile[], to: number) => ({
      // Also between hold and recording: until then the ring is all there is.
      gaps: recorder?.gapsWithin(name, windowFrom, to) ?? [],
      givenUp: this.#holes(read, { interfaceName: name, from: windowFrom, to }),
    });
    if (files.length === 0) {
      return { ...described, ...missed([], facts.heldAt), coveredFrom: null };
    }
    try {
      const { sizeBytes, readFiles, until, ...cut } = await this.#cutFiles(
        name,
        windowFrom,
        signal,
      );
      this.#sizeBytes += sizeBytes;
      return { ...described, ...cut, ...missed(readFiles, until) };
    } catch (error) {
      signal.throwIfAborted();
      const problem = describeError(error);
      log.warn({ sessionId: spec.sessionId, interfaceName: name, reason: problem }, "no look-back");
      return { ...described, ...missed([], facts.heldAt), problem };
    }
  }

  /** The beginning of what was given up of an interface already: the hold began there at the latest. */
  #givenUpFrom(name: string): number | null {
    const { recorder, spec } = this.#options;
    const { givenUp = [] } = recorder?.holds.factsOf(spec.sessionId) ?? {};
    const times = givenUp.filter((each) => each.interfaceName === name).map(({ from }) => from);
    return times.length === 0 ? null : Math.min(...times);
  }

  #holes(
    read: readonly ReadFile[],
    where: { interfaceName: string; from: number; to: number },
  ): CoverageGap[] {
    const { recorder, spec } = this.#options;
    return holesOf(read, recorder?.holds.factsOf(spec.sessionId)?.givenUp ?? [], where);
  }

  /** `until`: where the recording begins, or what of the ring is taken ends; milliseconds since the epoch. */
  async #cutFiles(
    name: string,
    windowFrom: number,
    signal: AbortSignal,
  ): Promise<CutRingResult & { until: number }> {
    const { directory, recorder, spec, clock } = this.#options;
    const filter = await this.#compile(name);
    const { edge, endMilliseconds } = await recordingBeginning(name, {
      directory,
      clock,
      isRecording: () => this.#isRecording,
      onFirst: (at) => recorder?.holds.joins(spec.sessionId, name, at),
      signal,
    });
    const result = await cutRing({
      files: () =>
        this.#filesOf(name).filter(
          ({ modifiedAt }) => modifiedAt >= windowFrom - writtenAfterMilliseconds,
        ),
      fromNanoseconds: BigInt(Math.floor(windowFrom)) * 1_000_000n,
      edge,
      endMilliseconds,
      filter,
      snapLengthBytes: spec.bytesToCapturePerPacket,
      filePath: ringPartPath(directory, name),
      sizeBytesMax: Math.floor(spec.totalBytesPerSession * shareOfSize),
      roomBytes: async () => {
        const { bavail, bsize } = await statfs(directory);
        return Math.floor(bavail * bsize * shareOfRoom);
      },
      drops: recorder?.dropsOf(name) ?? null,
      isClockStepped: this.#clockSteps(windowFrom).length > 0,
      now: () => clock.now(),
      signal,
    });
    return { ...result, until: edge ? beginningOf(edge) : endMilliseconds };
  }

  #filesOf(name: string): RingFile[] {
    const { recorder, spec } = this.#options;
    const files = recorder?.holds.filesOf(spec.sessionId) ?? [];
    return files.filter(({ interfaceName }) => interfaceName === name);
  }

  async #compile(name: string): Promise<PacketFilter> {
    const { spec, networkNamespace } = this.#options;
    const filter = compileFilters(spec.filters);
    if (filter === "") return everyPacket;
    return packetFilter(await compileProgram(filter, name, networkNamespace));
  }
}

const nameOf = ({ name }: { name: string }): string => name;

const resultPath = (directory: string): string => join(directory, lookBackFile);

function parseResult(text: string | null): LookBackResult | null {
  try {
    return text === null ? null : lookBackResult.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
