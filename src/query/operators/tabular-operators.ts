import type { TabularOperator } from "../translator.ts";
import { operators as columnOperators } from "./columns.ts";
import { operators as filterOperators } from "./where.ts";
import { operators as summarizeOperators } from "./summarize.ts";
import { operators as orderOperators } from "./order.ts";
import { operators as joinOperators } from "./join.ts";
import { operators as unionOperators } from "./union.ts";
import { operators as expandOperators } from "./mv-expand.ts";
import { operators as sourceOperators } from "./sources.ts";
import { operators as otherOperators } from "./others.ts";
import { moreOperators } from "./more-operators.ts";

/** Every tabular operator by the parser's name of its node. */
export const tabularOperators: ReadonlyMap<string, TabularOperator> = new Map(
  [
    ...filterOperators,
    ...columnOperators,
    ...summarizeOperators,
    ...orderOperators,
    ...joinOperators,
    ...unionOperators,
    ...expandOperators,
    ...sourceOperators,
    ...otherOperators,
    ...moreOperators,
  ].map((operator) => [operator.kind, operator]),
);
