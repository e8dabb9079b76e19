// The filter language itself, with every field of every protocol: fetched when a filter is first written.
import { catalog } from "../../../inspection/filter/catalog.ts";
import { compileFilter } from "../../../inspection/filter/filter.ts";
import { FilterError } from "../../../inspection/filter/filter-error.ts";
import { complete, type Completion } from "./completion.ts";
import type { CaptureValues } from "./field-values.ts";

/** What is wrong with a filter, and where. */
export interface FilterFault {
  message: string;
  start: number;
  end: number;
}

/** Null for a filter that can be asked. */
export function faultOf(text: string): FilterFault | null {
  try {
    compileFilter(text);
    return null;
  } catch (error) {
    if (error instanceof FilterError) {
      const { message, start, end } = error;
      return { message, start, end };
    }
    throw error;
  }
}

export const completionAt = (
  written: { text: string; caret: number },
  values: CaptureValues,
): Completion => complete(written, catalog(), values);
