import { isoTime } from "../../common/clock.ts";
import type { Job } from "../../responder/job.ts";
import type { CaptureGroup } from "./group-reports.ts";

/** The job that asked for the capture; one that only shares it did not. */
export const requestedBy = (jobs: readonly Job[], captureId: string): Job | undefined =>
  jobs.find((job) => job.capture?.id.toLowerCase() === captureId.toLowerCase() && isRecording(job));

/** The captures of an alert that names several hosts, and those of an incident. */
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

const isRecording = ({ recordingId, jobId }: Job): boolean => (recordingId ?? jobId) === jobId;

/** One that was refused its capture will have none. */
const mayRecord = (job: Job): boolean =>
  isRecording(job) && (job.capture !== null || job.outcome === null);
