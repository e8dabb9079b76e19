import type { CapturePass } from "../capture-pass.ts";
import type { ChangeAnswer } from "./change-answer.ts";
import { ChangeCollector } from "./change-collector.ts";
import type { ChangeOptions } from "./change-options.ts";
import { explain } from "./explain.ts";

/** Collects what changed beside an inspection; the answer is there once the pass has its result. */
export function watchChange(pass: CapturePass, options: ChangeOptions): () => ChangeAnswer {
  const { moment, from = null, to = null } = options;
  const collector = pass.watch((analyses) => new ChangeCollector(analyses, { moment, from, to }));
  return () => explain(collector, options);
}
