import { z } from "zod";
import { deriveMeasurements, type Measurement } from "./counters.ts";
import { hostSample, type HostSample } from "./sample.ts";

/** What ingest needs of the archive (src/state/metric-archive.ts). */
export interface MeasurementSink {
  /** Takes measurements and, with them, the host's note; both become durable together. */
  append(hostId: string, measurements: readonly Measurement[], note?: string): { dropped: number };
  /** The note of the last append that became durable, or null. */
  note(hostId: string): string | null;
}

export interface Ingest {
  /** Takes an agent's samples; those that came before change nothing. Returns how many measurements were made. */
  accept(hostId: string, samples: readonly HostSample[]): number;
}

const hostCountMax = 10_000;

/**
 * Turns raw samples into measurements. The last sample of each host is kept beside its measurements, so
 * that after a restart, and also after kill -9, the next difference begins where the archive ends: no byte
 * is lost or counted twice, at worst it is spread over the seconds between.
 */
export function createIngest(options: {
  archive: MeasurementSink;
  count?: (name: "dropped" | "accepted", value: number) => void;
}): Ingest {
  const { archive, count } = options;
  const bases = new Map<string, HostSample | null>();
  const recall = (hostId: string): HostSample | null => {
    const known = bases.get(hostId);
    return known === undefined ? readNote(archive.note(hostId)) : known;
  };
  return {
    accept(hostId, samples) {
      let base = recall(hostId);
      const measurements: Measurement[] = [];
      for (const sample of samples) {
        const derived = deriveMeasurements(base, sample);
        base = derived.base;
        measurements.push(...derived.measurements);
      }
      bases.delete(hostId);
      bases.set(hostId, base);
      if (bases.size > hostCountMax) bases.delete(bases.keys().next().value ?? "");
      if (base === null) return 0;
      const { dropped } = archive.append(hostId, measurements, JSON.stringify(base));
      count?.("accepted", measurements.length - dropped);
      if (dropped > 0) count?.("dropped", dropped);
      return measurements.length;
    },
  };
}

const noteSchema = z.string().transform((text, context) => {
  try {
    return hostSample.parse(JSON.parse(text));
  } catch {
    context.addIssue({ code: "custom", message: "not a sample" });
    return z.NEVER;
  }
});

/** A note that cannot be read (another version's) costs one second of measurements, not the host. */
function readNote(note: string | null): HostSample | null {
  const result = noteSchema.safeParse(note);
  return result.success ? result.data : null;
}
