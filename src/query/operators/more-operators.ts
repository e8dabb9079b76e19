import type { TabularOperator } from "../translator.ts";
import { operators as applyOperators } from "./mv-apply.ts";
import { operators as evaluateOperators } from "./evaluate.ts";
import { operators as findOperators } from "./find.ts";
import { operators as partitionOperators } from "./partition.ts";
import { operators as seriesOperators } from "./make-series.ts";
import { operators as parseOperators } from "./parse.ts";
import { operators as keyValueOperators } from "./parse-kv.ts";
import { operators as sampleOperators } from "./sample.ts";
import { operators as searchOperators } from "./search.ts";
import { operators as nestedOperators } from "./top-nested.ts";

/** Operators over series, texts and samples. */
export const moreOperators: readonly TabularOperator[] = [
  ...seriesOperators,
  ...nestedOperators,
  ...parseOperators,
  ...keyValueOperators,
  ...sampleOperators,
  ...searchOperators,
  ...applyOperators,
  ...partitionOperators,
  ...findOperators,
  ...evaluateOperators,
];
