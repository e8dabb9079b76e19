import type { CapturePass } from "../capture-pass.ts";
import type { ChangeAnswer } from "./change-answer.ts";
import { ChangeCollector } from "./change-collector.ts";
import type { ChangeOptions } from "./change-options.ts";
import { explain } from "./explain.ts";

/** Collects what changed beside an inspection; the answer is there once the pass has its result. */
export function watchChange(
  pass: CapturePass,
  options: ChangeOptions,
): () => Promise<ChangeAnswer> {
  const { moment, from = null, to = null } = options;
  const collector = pass.watch((analyses) => new ChangeCollector(analyses, { moment, from, to }));
  return async () => {
    const answer = explain(collector, options);
    const addresses = peersOf(answer);
    if (addresses.length === 0) return answer;
    // One after the other: both may be asked over the same channel.
    const facts = await options.findFacts?.(addresses);
    const history = await options.findHistory?.(addresses);
    if ((!facts || facts.size === 0) && !history) return answer;
    return explain(collector, {
      ...options,
      ...(facts && { facts: (address) => facts.get(address) ?? null }),
      ...(history && { history }),
    });
  };
}

/** The addresses that an answer names. */
const peersOf = ({ parts, evidence }: ChangeAnswer): string[] => [
  ...new Set([
    ...parts.flatMap(({ by, rows }) =>
      by === "destination" ? rows.flatMap(({ address }) => address ?? []) : [],
    ),
    ...evidence.addresses,
  ]),
];
