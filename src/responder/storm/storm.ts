import type { ToldAnswer } from "../../incident/incident.ts";
import type { IncidentMark, Job } from "../job.ts";
import type { StepResult } from "../steps.ts";
import { stepsBefore } from "./before-recording.ts";
import { openParts, type StormOptions } from "./parts.ts";
import { stepsOf } from "./recording.ts";

/** How a recording ended, for people. */
export interface Told {
  text: string;
  link: string | null;
  /** Null where the packets do not say what changed. */
  answer: ToldAnswer | null;
}

/**
 * What keeps a storm of alerts in bounds: alerts join incidents, share recordings, and wait for a place. Each function may run
 * any number of times for one job, because a crash repeats the step it is part of.
 */
export interface Storm {
  /** Finds the job's incident, and whether it records by itself. */
  join(job: Job): Promise<StepResult>;
  /** Waits for a place. */
  queue(job: Job): Promise<StepResult>;
  /** Waits for the end of the recording that the job shares. */
  shared(job: Job): Promise<StepResult>;
  /** The recording begins: from here on no alert changes it. */
  begin(job: Job): Promise<Job>;
  /** ARM has the packet capture. */
  placed(job: Job): Promise<void>;
  /** The recording is over, or there is none: its place is free for others. */
  over(job: Job): Promise<void>;
  /** Records what people are told, and wakes the jobs that share it. */
  answered(job: Job, told: Told): Promise<IncidentMark | null>;
  wakeShared(job: Job): Promise<void>;
  /** Notes that the condition of this job's alert is over. */
  resolve(jobKey: string): Promise<void>;
}

export function createStorm(options: StormOptions): Storm {
  const parts = openParts(options);
  return { ...stepsBefore(parts), ...stepsOf(parts) };
}
