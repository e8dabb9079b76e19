import type { BlockTarget } from "./block-targets.ts";
import { catalog, type FindingId } from "./catalog.ts";

export type { FindingId } from "./catalog.ts";

/** `problem`: act, or do not trust the rest; `warning`: look at it; `note`: worth knowing. */
export type Severity = "problem" | "warning" | "note";

/** One thing the capture says, how sure that is, and what it rests on. */
export interface Finding {
  id: FindingId;
  severity: Severity;
  /** One plain sentence, without a full stop. */
  title: string;
  confidence: Confidence;
  evidence: Evidence;
  /** What to do about it. */
  advice: string;
  /** Processes of the host that it is about, where that is known. */
  processes?: readonly string[];
  /** Commands that would stop it, to be read before they are run; empty for most findings. */
  remedies: readonly Remedy[];
}

/** `certain`: the packets show it; `likely`: they fit, and little else does; `possible`: they fit. */
export interface Confidence {
  level: "certain" | "likely" | "possible";
  reason: string;
}

export interface Evidence {
  /** The numbers behind the sentence, by name; durations in nanoseconds, sizes in bytes. */
  facts: Record<string, string | number>;
  /** Wireshark's display filter for the packets meant, or null when there is none. */
  displayFilter: string | null;
  /** Some of the frames, TCP streams and addresses meant. */
  frames: readonly number[];
  streams: readonly number[];
  addresses: readonly string[];
}

/** A way to stop what a finding says. */
export interface Remedy {
  what: string;
  command: string;
  /** The same for `nightcap block`, where it is its command. */
  targets?: readonly BlockTarget[];
}

/** Frames, streams and addresses that one finding names. */
const namedCountMax = 20;

/** A finding with the confidence and advice of the catalog, unless told. */
export function finding(
  id: FindingId,
  severity: Severity,
  title: string,
  told: Partial<Evidence> & { confidence?: Confidence; advice?: string; remedies?: Remedy[] },
): Finding {
  const usual = catalog[id];
  return {
    id,
    severity,
    title,
    confidence: told.confidence ?? usual.confidence,
    evidence: {
      facts: told.facts ?? {},
      displayFilter: told.displayFilter ?? null,
      frames: distinct(told.frames ?? []),
      streams: distinct(told.streams ?? []),
      addresses: distinct(told.addresses ?? []),
    },
    advice: told.advice ?? usual.advice,
    remedies: told.remedies ?? [],
  };
}

const distinct = <Item>(items: readonly Item[]): Item[] =>
  [...new Set(items)].slice(0, namedCountMax);

const order: Record<Severity, number> = { problem: 0, warning: 1, note: 2 };

/** Gravest first; equals in the order in which they were found. */
export const sortFindings = (all: readonly Finding[]): Finding[] =>
  all.toSorted((one, other) => order[one.severity] - order[other.severity]);
