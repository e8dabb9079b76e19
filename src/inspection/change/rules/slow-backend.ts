import { endpointText } from "../../summary/safe-text.ts";
import { formatDuration, plural } from "../../summary/units.ts";
import { answerTimes, isComparable, isPath, isSlow, type AnswerTimes } from "../answer-times.ts";
import type { Confidence } from "../../findings/finding.ts";
import type { Candidate, Scene } from "../scene.ts";

/** A server that this host asks takes much longer, and not because of the way to it. */
export function slowBackend(scene: Scene): Candidate | null {
  if (scene.metric !== "latency") return null;
  const slow = scene.destinations.find(
    ({ group }) => group.sample.isOutbound && isSlow(answerTimes(group)),
  );
  if (!slow || slowServersAtOnce(scene) !== null) return null;
  const { group } = slow;
  const { sample } = group;
  const times = answerTimes(group);
  if (isPath(times, sample.transport)) return null;
  const { before, after } = times;
  const server = endpointText(scene.text(sample.remote), sample.serverPort);
  return {
    kind: "slowBackend",
    confidence: confidenceOf(times, sample.transport),
    matches: (flow) =>
      flow.isOutbound && flow.remote === sample.remote && flow.serverPort === sample.serverPort,
    title: `a slow backend, ${server}`,
    says: `The server ${server} answers slowly: ${milliseconds(after.mean)} on average over ${plural(after.answers, "answer")}${before === null ? "" : `, ${milliseconds(before.mean)} before`}. ${pathText(times)}`,
    facts: {
      server,
      answers: after.answers,
      answersBefore: before?.answers ?? 0,
      answerTimeBefore: nanoseconds(before?.mean ?? 0),
      answerTimeAfter: nanoseconds(after.mean),
      firstPacketAfter: nanoseconds(after.path),
    },
    displayFilter: null,
  };
}

function confidenceOf({ before }: AnswerTimes, transport: string): Confidence {
  if (transport !== "tcp")
    return { level: "possible", reason: "over UDP a slow server and a slow way look the same" };
  if (before === null)
    return { level: "possible", reason: "it was not asked before: it may always take so long" };
  return {
    level: "likely",
    reason: "the server's acknowledgements came as fast as before, and its answers did not",
  };
}

/**
 * How many machines answer slowly at once, when all that can be compared do, and there are several: what they have in
 * common is this host and its network. Null when one of them is as fast as before, or there is no other.
 */
export function slowServersAtOnce(scene: Scene): number | null {
  const slowRemotes = new Set<number>();
  for (const group of scene.servers()) {
    const { sample } = group;
    const times = answerTimes(group);
    if (!sample.isOutbound || times.before === null || !isComparable(times)) continue;
    if (!isSlow(times)) return null;
    slowRemotes.add(sample.remote);
  }
  return slowRemotes.size > 1 ? slowRemotes.size : null;
}

const pathText = ({ after }: AnswerTimes): string =>
  after.path >= after.mean
    ? ""
    : `The way there and back took at most ${milliseconds(after.path)} of it, so the time was spent in the server.`;

export const milliseconds = (time: number): string => formatDuration(time * 1e6);
const nanoseconds = (time: number): number => Math.round(time * 1e6);
