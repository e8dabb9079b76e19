import type { TabularOperator } from "../translator.ts";

/** Operators over series, texts and samples. */
export const moreOperators: readonly TabularOperator[] = [];
