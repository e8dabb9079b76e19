import { endpointText } from "../../summary/safe-text.ts";
import { formatDuration, plural } from "../../summary/units.ts";
import { sum } from "../flow-changes.ts";
import type { Group } from "../groups.ts";
import type { Candidate, Grown, Scene } from "../scene.ts";
import {
  pathShareMin,
  slowAnswerCountMin,
  slowFactorMin,
  slowMillisecondsMin,
} from "../thresholds.ts";

/** How long one server took, milliseconds. */
interface AnswerTimes {
  before: number | null;
  after: number;
  /** From the request to the first packet of any kind: the way there and back. */
  pathBefore: number;
  pathAfter: number;
}

const at = (part: readonly number[], place: number): number => part[place] ?? 0;

export function answerTimes({ before, after }: Group): AnswerTimes {
  const mean = (part: readonly number[], place: number): number =>
    at(part, sum.answers) > 0 ? at(part, place) / at(part, sum.answers) : 0;
  return {
    before: at(before, sum.answers) > 0 ? mean(before, sum.answerTime) : null,
    after: mean(after, sum.answerTime),
    pathBefore: mean(before, sum.firstPacketTime),
    pathAfter: mean(after, sum.firstPacketTime),
  };
}

/** A server that this host asks takes much longer, and not because of the way to it. */
export function slowBackend(scene: Scene): Candidate | null {
  if (scene.metric !== "latency") return null;
  const slow = scene.destinations.find(isSlowServer);
  if (!slow) return null;
  const { group } = slow;
  const { sample } = group;
  const times = answerTimes(group);
  const isPath = sample.transport === "tcp" && pathShare(times) >= pathShareMin;
  if (isPath) return null;
  const server = endpointText(scene.text(sample.remote), sample.serverPort);
  const answers = at(group.after, sum.answers);
  return {
    kind: "slowBackend",
    confidence:
      sample.transport === "tcp"
        ? {
            level: "likely",
            reason: "the server's acknowledgements came as fast as before, and its answers did not",
          }
        : { level: "possible", reason: "over UDP a slow server and a slow way look the same" },
    matches: (flow) =>
      flow.isOutbound && flow.remote === sample.remote && flow.serverPort === sample.serverPort,
    says: `The server ${server} answers slowly: ${milliseconds(times.after)} on average over ${plural(answers, "answer")}${times.before === null ? "" : `, ${milliseconds(times.before)} before`}. ${pathText(times)}`,
    facts: {
      server,
      answers,
      answerTimeBefore: nanoseconds(times.before ?? 0),
      answerTimeAfter: nanoseconds(times.after),
      firstPacketAfter: nanoseconds(times.pathAfter),
    },
    displayFilter: null,
  };
}

function isSlowServer({ group }: Grown): boolean {
  const { sample } = group;
  if (!sample.isOutbound || at(group.after, sum.answers) < slowAnswerCountMin) return false;
  const { before, after } = answerTimes(group);
  const usual = before ?? 0;
  return after >= slowFactorMin * usual && after - usual >= slowMillisecondsMin;
}

/** Part of the extra time that had passed when the first packet came back. */
export function pathShare({ before, after, pathBefore, pathAfter }: AnswerTimes): number {
  const extra = after - (before ?? 0);
  return extra > 0 ? Math.max(0, pathAfter - pathBefore) / extra : 0;
}

const pathText = ({ pathAfter, after }: AnswerTimes): string =>
  pathAfter >= after
    ? ""
    : `The way there and back took at most ${milliseconds(pathAfter)} of it, so the time was spent in the server.`;

export const milliseconds = (time: number): string => formatDuration(time * 1e6);
const nanoseconds = (time: number): number => Math.round(time * 1e6);
