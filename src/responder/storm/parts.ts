import type { Clock } from "../../common/clock.ts";
import type { DocumentTable } from "../../common/documents.ts";
import { type Gate, type GateTime, type OtherCapture, withOthers } from "../../incident/gate.ts";
import type { Expectation } from "../../incident/expectation.ts";
import type { Incident, IncidentCounts } from "../../incident/incident.ts";
import { createIncidentStore, type IncidentTables } from "../../incident/incident-store.ts";
import type { IncidentSettings } from "../../incident/settings.ts";
import { alertTag } from "../capture-name.ts";
import type { Job } from "../job.ts";
import type { ResponderSettings } from "../settings.ts";

const wakeTryCountMax = 5;
/** How old what is known of running captures and of expectations may be. */
const seenMillisecondsMax = 1_000;

export interface StormOptions {
  tables: IncidentTables;
  incidentSettings: IncidentSettings;
  settings: ResponderSettings;
  jobs: DocumentTable<Job>;
  clock: Clock;
  counts?: IncidentCounts | undefined;
  /** Packet captures that run now, whoever asked for them; those that no alert did take a place of their host too. */
  runningCaptures?: (() => Promise<readonly OtherCapture[]>) | undefined;
  /** What people said they expect, as it stands now. */
  expectations?: (() => Promise<readonly Expectation[]>) | undefined;
}

export type StormParts = ReturnType<typeof openParts>;

/** What all steps work with. */
export function openParts(options: StormOptions) {
  const { incidentSettings: settings, jobs, clock } = options;
  const runningCaptures = seenLately(options.runningCaptures, clock);
  const expectations = seenLately(options.expectations, clock);
  const store = createIncidentStore({ ...options, settings });
  const time = (): GateTime => ({ settings, now: clock.now() });
  const wake = (key: string) => wakeJob(jobs, key, clock);
  /** Changes the gate, and wakes whoever has a place or a refusal by it. */
  const changeGate = async (change: (gate: Gate) => Gate): Promise<Gate> => {
    const running = await runningCaptures();
    const { before, after } = await store.changeGate((gate) =>
      change(withOthers(gate, othersOf(gate, running))),
    );
    const concerned = [...after.running, ...after.refused].filter(({ recordingId }) =>
      before.waiting.some((each) => each.recordingId === recordingId),
    );
    for (const { jobKey } of concerned) await wake(jobKey);
    return after;
  };
  const change = async (job: Job, make: (incident: Incident) => Incident): Promise<void> => {
    if (job.incidentId !== undefined) await store.change(job.incidentId, make);
  };

  return { options, store, time, wake, changeGate, change, expectations };
}

/** In a storm the gate changes some hundred times a second, and these do not. */
function seenLately<Item>(
  look: (() => Promise<readonly Item[]>) | undefined,
  clock: Clock,
): () => Promise<readonly Item[]> {
  if (!look) return () => Promise.resolve([]);
  let seen: Promise<readonly Item[]> = Promise.resolve([]);
  let seenAt = -Infinity;
  return () => {
    if (clock.now() - seenAt < seenMillisecondsMax) return seen;
    seenAt = clock.now();
    // Whoever asks meanwhile waits for the same look; one that failed is not kept.
    const looking = look();
    seen = looking;
    looking.catch(() => (seenAt = -Infinity));
    return looking;
  };
}

/** Captures of no recording that has a place: a person's, by `az` or `nightcap capture create`. */
function othersOf({ running }: Gate, captures: readonly OtherCapture[]): OtherCapture[] {
  const tags = running.map(({ recordingId }) => `-${alertTag(recordingId)}`);
  return captures.filter(({ name }) => !tags.some((tag) => name.toLowerCase().includes(tag)));
}

/** Makes a waiting job due now. Another writer may come before: then its state is newer, and is looked at again. */
async function wakeJob(jobs: DocumentTable<Job>, key: string, clock: Clock): Promise<void> {
  for (let count = 0; count < wakeTryCountMax; count++) {
    const stored = await jobs.get(key);
    if (!stored || (stored.body.step !== "queue" && stored.body.step !== "shared")) return;
    const { revision, body } = stored;
    if (await jobs.put(key, body, { revision, dueAt: clock.now() })) return;
  }
}
