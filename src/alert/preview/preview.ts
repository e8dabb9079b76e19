import type { RuleTarget } from "../rule-targets.ts";

/** Seconds since the epoch: what happened after `from` and until `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface PreviewDimension {
  readonly name: string;
  readonly value: string;
}

/** An alert that there would have been; times are ends of the windows that decided, in seconds. */
export interface Firing {
  /** Id of the resource that it is about. */
  readonly target: string;
  readonly dimensions: readonly PreviewDimension[];
  readonly from: number;
  /** When it would have been resolved, or could have fired anew; null: it would still last at the end. */
  to: number | null;
  /** The value that made it fire. */
  readonly value: number | null;
}

/** A value that was judged, at the end of its window, and the range in which it was expected, where that was learned. */
export interface JudgedPoint {
  readonly second: number;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** What one criterion had to judge at one target. */
export interface JudgedSeries {
  readonly target: string;
  readonly criterion: string;
  readonly metricName: string;
  readonly points: readonly JudgedPoint[];
}

/** What a rule would have done in a time that is over. */
export interface Preview {
  readonly series: readonly JudgedSeries[];
  readonly firings: readonly Firing[];
  /** More than those in `firings` where there were too many to be told. */
  readonly firingCount: number;
  readonly evaluatedCount: number;
  /** Seconds between two evaluations: the rule's own frequency, or more where that would have been too many. */
  readonly stepSeconds: number;
  /** In which there was nothing to judge. */
  readonly missing: readonly (Span & { readonly target: string })[];
  /** In which too little was known to expect anything. */
  readonly learning: readonly (Span & { readonly target: string })[];
  /** Of a dynamic threshold: how often it was learned anew; the engine does it each hour. */
  readonly learnedEverySeconds: number | null;
  /** Targets beyond the first ones, which were not looked at. */
  readonly omittedTargetCount: number;
  /** A window had more series than one evaluation looks at. */
  readonly isCut: boolean;
}

/** What every preview needs: which time, and a way to be stopped. */
export interface PreviewOptions {
  readonly span: Span;
  /** Called between evaluations: lets others have their turn, and throws when the preview is to end. */
  readonly turn: () => Promise<void> | void;
  readonly machines: readonly RuleTarget[];
}

/** Alerts of one preview that are told one by one. */
export const firingCountMax = 1_000;
/** Points of all series of one preview together. */
export const pointCountMax = 24_000;
/** Spans without data that are told one by one. */
export const spanCountMax = 200;
