import { useSearchParams } from "wouter";
import type { FlowQuestion, FlowUnit } from "../../api/flow-views.ts";

export const timespans = ["PT1H", "PT6H", "P1D", "P7D", "P30D"] as const;
export const units: readonly FlowUnit[] = ["flows", "bytes", "packets"];
export const flowTypes = [
  "IntraVNet",
  "InterVNet",
  "S2S",
  "P2S",
  "AzurePublic",
  "ExternalPublic",
  "MaliciousFlow",
  "UnknownPrivate",
  "Unknown",
] as const;

const ownParameters = new Set(["timespan", "unit", "part"]);

export interface QuestionState {
  question: FlowQuestion;
  /** The part of the page that is shown. */
  part: string;
  /** Null takes the parameter away. */
  change: (changes: Readonly<Record<string, string | null>>) => void;
}

/** The question in the page's address, so that a link carries it. */
export function useQuestion(): QuestionState {
  const [parameters, setParameters] = useSearchParams();
  const unit = parameters.get("unit");
  const filters = Object.fromEntries([...parameters].filter(([name]) => !ownParameters.has(name)));
  return {
    question: {
      timespan: parameters.get("timespan") ?? "P1D",
      unit: units.find((each) => each === unit) ?? "flows",
      filters,
    },
    part: parameters.get("part") ?? "overview",
    change: (changes) =>
      setParameters((before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === "") next.delete(name);
          else next.set(name, value);
        }
        return next;
      }),
  };
}
