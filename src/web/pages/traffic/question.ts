import { useLocation, useSearchParams } from "wouter";
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

/** What of the address is no filter. */
const ownParameters = new Set(["timespan", "unit", "part", "level"]);

export type Changes = Readonly<Record<string, string | null>>;

export interface QuestionState {
  question: FlowQuestion;
  /** The part of the page that is shown. */
  part: string;
  /** Level of the topology. */
  level: string;
  /** Null takes the parameter away. */
  change: (changes: Changes) => void;
  /** Leads to what is behind something: a part of the traffic page, with more filters. */
  drill: (changes: Changes) => void;
}

/** The question in the page's address, so that a link carries it. */
export function useQuestion(): QuestionState {
  const [parameters, setParameters] = useSearchParams();
  const unit = parameters.get("unit");
  const filters = Object.fromEntries([...parameters].filter(([name]) => !ownParameters.has(name)));
  const change = (changes: Changes): void => setParameters((before) => changed(before, changes));
  return {
    question: {
      timespan: parameters.get("timespan") ?? "P1D",
      unit: units.find((each) => each === unit) ?? "flows",
      filters,
    },
    part: parameters.get("part") ?? "overview",
    level: parameters.get("level") ?? "virtual-network",
    change,
    drill: change,
  };
}

/** The same on a page about one address, from which every way leads to the page of all traffic. */
export function useAddressQuestion(address: string): QuestionState {
  const state = useQuestion();
  const [parameters] = useSearchParams();
  const [, navigate] = useLocation();
  const drill = (changes: Changes): void =>
    navigate(`/traffic?${changed(parameters, { ip: address, ...changes })}`);
  return { ...state, question: { ...state.question, filters: { ip: address } }, drill };
}

function changed(before: URLSearchParams, changes: Changes): URLSearchParams {
  const next = new URLSearchParams(before);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}

/** The page about one address, with the time and the unit that are asked for here. */
export const addressPath = (address: string, { timespan, unit }: FlowQuestion): string =>
  `/traffic/ip/${encodeURIComponent(address)}?${new URLSearchParams({ timespan, unit })}`;
