import { useMemo } from "react";
import { type ParameterChanges, useParameters } from "../../parts/address.ts";
import { type CaptureQuestion, type Order, readOrder } from "./capture-rows.ts";

/** The question to the list, which stands in the page's address. */
export interface QuestionState {
  question: CaptureQuestion;
  order: Order;
  isNarrowed: boolean;
  change: (changes: ParameterChanges) => void;
}

const names = ["q", "host", "phase", "rule", "class", "held", "time"] as const;
/** Takes all filters away, and leaves the order. */
export const everything: ParameterChanges = Object.fromEntries(names.map((name) => [name, null]));

export function useQuestion(): QuestionState {
  const [parameters, change] = useParameters();
  const text = parameters.toString();
  return useMemo(() => {
    const known = new URLSearchParams(text);
    return {
      question: {
        text: known.get("q") ?? "",
        host: known.get("host"),
        phase: known.get("phase"),
        rule: known.get("rule"),
        class: known.get("class"),
        held: known.get("held"),
        time: known.get("time"),
      },
      order: readOrder(known.get("sort")),
      isNarrowed: names.some((name) => known.has(name)),
      change,
    };
    // `change` is made anew each time and always does the same.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text]);
}
