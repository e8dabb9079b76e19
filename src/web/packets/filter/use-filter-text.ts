import { useEffect, useMemo, useState } from "react";
import { type Completion, nothingToOffer, type Offer, taken } from "./completion.ts";
import type { CaptureValues } from "./field-values.ts";
import { keptFilters } from "./history.ts";
import type { FilterFault } from "./language.ts";
import { snippets } from "./snippets.ts";
import { useLanguage } from "./use-language.ts";

/** What is written in the box, and what the language says of it. */
export interface FilterText {
  text: string;
  fault: FilterFault | null;
  /** False while the language is still on its way: then nobody knows whether the filter is right. */
  isChecked: boolean;
  completion: Completion;
  write: (text: string, caret: number) => void;
  /** Takes an offer over; tells where to write on. */
  take: (offer: Offer) => number;
}

export function useFilterText(
  filter: string,
  values: CaptureValues,
  isWanted: boolean,
): FilterText {
  const [written, setWritten] = useState({ text: filter, caret: filter.length });
  // A filter that came from elsewhere takes the place of what is written here.
  useEffect(() => setWritten({ text: filter, caret: filter.length }), [filter]);
  const { text } = written;
  const language = useLanguage(isWanted || text !== "");
  const fault = useMemo(() => language?.faultOf(text) ?? null, [language, text]);
  const completion = useMemo(() => {
    if (!isWanted) return nothingToOffer;
    if (text.trim() === "") return beginnings();
    return language?.completionAt(written, values) ?? nothingToOffer;
  }, [language, written, values, isWanted, text]);
  return {
    text,
    fault,
    isChecked: language !== null,
    completion,
    write: (next, caret) => setWritten({ text: next, caret }),
    take(offer) {
      const next = taken(text, completion, offer);
      setWritten(next);
      return next.caret;
    },
  };
}

/** What to begin with: filters of before, then what is asked often. */
function beginnings(): Completion {
  const kept = keptFilters().map((text): Offer => ({
    kind: "history",
    text,
    type: "",
    description: "",
  }));
  return { offers: [...kept.slice(0, 10), ...snippets], start: 0, end: 0 };
}
