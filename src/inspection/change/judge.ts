import type { Confidence, Evidence } from "../findings/finding.ts";
import { visible } from "../summary/safe-text.ts";
import { formatBytes, formatShare } from "../summary/units.ts";
import type { ChangeKind, ChangeMetric } from "./change-answer.ts";
import type { Scope } from "./compare.ts";
import { sum, type FlowChange, type FlowChanges } from "./flow-changes.ts";
import { Groups, pairOf, type Group } from "./groups.ts";
import { growthOf, valuesOf } from "./metrics.ts";
import { destinationText } from "./parts.ts";
import { answerTimes, isPath } from "./answer-times.ts";
import { milliseconds, slowServersAtOnce } from "./rules/slow-backend.ts";
import { filterOf } from "./rules/bulk.ts";
import { rules } from "./rules/rules.ts";
import type { Candidate, Grown, Scene } from "./scene.ts";
import {
  explainedShareMin,
  increaseFactorMin,
  latencyMillisecondsMin,
  uploadFactorMin,
} from "./thresholds.ts";

/** Frames, streams and addresses that evidence names. */
const namedCountMax = 20;

export interface Verdict {
  kind: ChangeKind;
  confidence: Confidence;
  explained: number;
  /** What it is in a few words, and in sentences; empty where the numbers say it all. */
  title: string;
  says: string;
  evidence: Evidence;
}

interface Case {
  scene: Scene;
  changes: FlowChanges;
  overall: { before: readonly number[]; after: readonly number[] };
  scope: Scope;
  /** What was usual before, in the metric's unit; null when nothing says. */
  usual: number | null;
}

/** True when there is no increase to explain. */
export function isSteady(
  metric: ChangeMetric,
  { usual, after }: { usual: number | null; after: number },
): boolean {
  if (after <= 0) return true;
  if (usual === null) return false;
  const isLittle = metric === "latency" && after - usual < latencyMillisecondsMin;
  return isLittle || after < increaseFactorMin * usual;
}

/** Decides what the change is: the first rule whose flows account for enough of what grew. */
export function judge(asked: Case): Verdict {
  const { scene, overall, usual } = asked;
  const { after } = valuesOf(pairOf(overall, scene.shape), scene.shape, scene.spans);
  if (isSteady(scene.metric, { usual, after })) return noIncrease();
  const candidates = rules.map((rule) => rule(scene)).filter((candidate) => candidate !== null);
  const matched = matchesOf(asked, candidates);
  const named = matched.find(({ explained }) => explained >= explainedShareMin);
  if (named) return verdictOf(named, asked);
  return generic(asked);
}

const noIncrease = (): Verdict => ({
  kind: "none",
  confidence: { level: "certain", reason: "both parts were counted" },
  explained: 0,
  title: "",
  says: "",
  evidence: { facts: {}, displayFilter: null, frames: [], streams: [], addresses: [] },
});

interface Match {
  candidate: Candidate;
  explained: number;
  witnesses: Witnesses;
}

/** Some of the flows that a kind is made of. */
class Witnesses {
  readonly frames = new Set<number>();
  readonly streams = new Set<number>();
  readonly addresses = new Set<number>();

  add(flow: FlowChange): void {
    if ((flow.after[sum.packetsOut] ?? 0) + (flow.after[sum.packetsIn] ?? 0) === 0) return;
    if (this.addresses.size < namedCountMax) this.addresses.add(flow.remote);
    if (flow.firstFrame > 0 && this.frames.size < namedCountMax) this.frames.add(flow.firstFrame);
    if (flow.transport === "tcp" && this.streams.size < namedCountMax)
      this.streams.add(flow.number);
  }
}

function matchesOf(
  { scene, changes, overall, scope, usual: known }: Case,
  candidates: readonly Candidate[],
): Match[] {
  if (candidates.length === 0) return [];
  const { shape, spans } = scene;
  const groups = new Groups<number>(shape, false);
  const witnesses = candidates.map(() => new Witnesses());
  for (const flow of changes.flows(scene.split)) {
    if (scope !== null && flow.isOutbound !== scope) continue;
    for (const [at, candidate] of candidates.entries()) {
      if (!candidate.matches(flow)) continue;
      groups.add(at, flow);
      witnesses[at]?.add(flow);
    }
  }
  const pair = pairOf(overall, shape);
  const usual = known ?? 0;
  const whole = growthOf(pair, shape, { spans, usual });
  return candidates.map((candidate, at) => {
    const group = groups.all.get(at);
    const growth = group ? growthOf(pairOf(group, shape), shape, { spans, usual }) : 0;
    const explained = whole > 0 ? Math.min(1, growth / whole) : 0;
    return { candidate, explained, witnesses: witnesses[at] ?? new Witnesses() };
  });
}

function verdictOf({ candidate, explained, witnesses }: Match, { scene, usual }: Case): Verdict {
  const { kind, title, says, facts, displayFilter, confidence } = candidate;
  return {
    kind,
    // Without a before it may have been so for days.
    confidence: usual !== null || confidence.level === "certain" ? confidence : unsure(confidence),
    explained,
    title,
    says,
    evidence: {
      facts: { ...facts, explainedShare: formatShare(explained, 1) },
      displayFilter,
      ...namesOf(witnesses, scene),
    },
  };
}

const unsure = ({ reason }: Confidence): Confidence => ({
  level: "possible",
  reason: `${reason}; what was usual before was not recorded`,
});

const namesOf = (
  { frames, streams, addresses }: Witnesses,
  scene: Scene,
): Pick<Evidence, "frames" | "streams" | "addresses"> => ({
  frames: [...frames].toSorted((one, other) => one - other),
  streams: [...streams],
  addresses: [...addresses].map((key) => visible(scene.text(key))),
});

/** When no rule says what it is, the numbers still say where it is. */
function generic(asked: Case): Verdict {
  const { scene } = asked;
  const [top] = scene.destinations;
  const confidence: Confidence = { level: "certain", reason: "the packets were added up" };
  if (!top || top.share < explainedShareMin) {
    return {
      kind: "spread",
      confidence,
      explained: top?.share ?? 0,
      title: "",
      says: "",
      evidence: evidenceOf(scene.destinations.slice(0, namedCountMax), scene, null),
    };
  }
  const { sample } = top.group;
  const address = scene.text(sample.remote);
  return {
    kind: "singleDestination",
    confidence,
    explained: top.share,
    title: "",
    says: singleSays(top, scene),
    evidence: evidenceOf([top], scene, filterOf(address, sample.serverPort)),
  };
}

const evidenceOf = (
  grown: readonly Grown[],
  scene: Scene,
  displayFilter: string | null,
): Evidence => ({
  facts: { destinations: scene.destinations.length },
  displayFilter,
  frames: grown.map(({ group }) => group.sample.firstFrame).filter((frame) => frame > 0),
  streams: grown.flatMap(({ group }) =>
    group.sample.transport === "tcp" ? [group.sample.number] : [],
  ),
  addresses: [...new Set(grown.map(({ group }) => visible(scene.text(group.sample.remote))))],
});

/** What one destination's part looks like. */
function singleSays({ group }: Grown, scene: Scene): string {
  const { name } = destinationText(group, scene);
  if (scene.metric === "latency") return slowSays(group, name, scene);
  const sent = group.after[sum.bytesOut] ?? 0;
  const received = group.after[sum.bytesIn] ?? 0;
  const { isOutbound, serverPort } = group.sample;
  if (received >= uploadFactorMin * sent)
    return isOutbound
      ? `It is a download: ${formatBytes(received)} came from ${name}.`
      : `A client sends to port ${serverPort} of this host: ${formatBytes(received)}.`;
  if (sent < uploadFactorMin * received) return "";
  return isOutbound
    ? `It is an upload: ${formatBytes(sent)} went to ${name}.`
    : `A client fetches from port ${serverPort} of this host: ${formatBytes(sent)}.`;
}

/** Slow, and not because of a server that this host asks. */
function slowSays(group: Group, name: string, scene: Scene): string {
  const times = answerTimes(group);
  const { before, after } = times;
  if (!group.sample.isOutbound)
    return `This host's own answers at port ${group.sample.serverPort} are slow: ${milliseconds(after.mean)} on average${before === null ? "" : `, ${milliseconds(before.mean)} before`}; no server that it asks accounts for it.`;
  const atOnce = slowServersAtOnce(scene);
  if (atOnce !== null)
    return `All ${atOnce} machines that it asks often enough to tell answer slowly at once: what they have in common is this host and its network.`;
  if (isPath(times, group.sample.transport))
    return `The way to ${name} is slow, not the server: the first packet came back after ${milliseconds(after.path)} on average (${milliseconds(before?.path ?? 0)} before).`;
  return "";
}
