import { isoTime } from "../../common/clock.ts";
import type { Job } from "../../responder/job.ts";
import type { CaptureGroup } from "./group-reports.ts";

/** The job that asked for the capture; one that only shares it did not. */
export const requestedBy = (jobs: readonly Job[], captureId: string): Job | undefined =>
  jobs.find((job) => job.capture?.id.toLowerCase() === captureId.toLowerCase() && isRecording(job));

/** Firings of one rule on several hosts that follow each other this closely are told of together. */
const waveGapMilliseconds = 5 * 60_000;

/** The captures of an alert that names several hosts, of a rule that fires on several, and those of an incident. */
export function alertGroups(jobs: readonly Job[], captureId: string): CaptureGroup[] {
  const asked = requestedBy(jobs, captureId);
  if (!asked) return [];
  const { alert, incidentId } = asked;
  const ofAlert = jobs.filter((job) => job.alert.dedupeKey === alert.dedupeKey && mayRecord(job));
  const ofIncident = jobs.filter((job) => job.incidentId === incidentId && mayRecord(job));
  return [
    {
      key: `alert\n${alert.dedupeKey}`,
      title: `Alert ${alert.ruleName} of ${isoTime(alert.firedTime)}`,
      captureCount: ofAlert.length,
    },
    ...waveGroup(jobs, asked),
    ...(incidentId === undefined
      ? []
      : [
          {
            key: `incident\n${incidentId}`,
            title: `Incident ${incidentId}`,
            captureCount: ofIncident.length,
          },
        ]),
  ];
}

/** A rule that fires on each host by itself; the first firing of those that follow each other names the group. */
function waveGroup(jobs: readonly Job[], asked: Job): CaptureGroup[] {
  const wave = waveOf(jobs, asked);
  const [first = asked] = wave;
  // One alert that names all of them is a group already.
  if (wave.length > 1 && wave.every(({ alert }) => alert.dedupeKey === first.alert.dedupeKey)) {
    return [];
  }
  const hosts = new Set(wave.map(({ alert }) => alert.resourceId.toLowerCase()));
  return [
    {
      key: `rule\n${ruleOf(first)}\n${first.alert.firedTime}`,
      title: `Rule ${first.alert.ruleName} from ${isoTime(first.alert.firedTime)} on`,
      // Firings on one host alone are its incident's.
      captureCount: hosts.size > 1 ? wave.length : 1,
    },
  ];
}

/** The firings of the same rule that lead to this one, or follow it, without a longer gap; the earliest first. */
function waveOf(jobs: readonly Job[], asked: Job): Job[] {
  const rule = ruleOf(asked);
  const ofRule = jobs
    .filter((job) => ruleOf(job) === rule && mayRecord(job))
    .toSorted((a, b) => a.alert.firedTime - b.alert.firedTime);
  const at = ofRule.indexOf(asked);
  const isNear = (index: number): boolean => {
    const [before, after] = [ofRule[index - 1], ofRule[index]];
    if (!before || !after) return false;
    return after.alert.firedTime - before.alert.firedTime <= waveGapMilliseconds;
  };
  let [from, to] = [at, at];
  while (isNear(from)) from--;
  while (isNear(to + 1)) to++;
  return ofRule.slice(Math.max(0, from), to + 1);
}

const ruleOf = ({ alert }: Job): string => (alert.ruleId || alert.ruleName).toLowerCase();

const isRecording = ({ recordingId, jobId }: Job): boolean => (recordingId ?? jobId) === jobId;

/** One that was refused its capture will have none. */
const mayRecord = (job: Job): boolean =>
  isRecording(job) && (job.capture !== null || job.outcome === null);
