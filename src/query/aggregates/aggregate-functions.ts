import { atomic } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { argument } from "../functions/scalar-function.ts";
import type { AggregateFunction } from "../translator.ts";
import type { Aggregate } from "./aggregate.ts";
import { argExtreme, takeAny, takeAnyIf } from "./chosen-rows.ts";
import { makeBag, makeList, makeListWithNulls, makeSet } from "./lists.ts";
import {
  allBits,
  avg,
  count,
  covariance,
  deviation,
  distinctCount,
  extreme,
  sum,
} from "./numbers.ts";
import { percentiles, percentilesArray } from "./percentiles.ts";

/** How many arguments stand before the condition of the `...if` form. */
interface Conditional {
  readonly name: string;
  readonly before: number;
}

interface Entry {
  readonly names: readonly string[];
  readonly aggregate: Aggregate;
  readonly conditional?: Conditional;
}

const entries: readonly Entry[] = [
  { names: ["count", "cnt"], aggregate: count, conditional: { name: "countif", before: 0 } },
  { names: ["sum"], aggregate: sum, conditional: { name: "sumif", before: 1 } },
  { names: ["avg"], aggregate: avg, conditional: { name: "avgif", before: 1 } },
  { names: ["min"], aggregate: extreme("min"), conditional: { name: "minif", before: 1 } },
  { names: ["max"], aggregate: extreme("max"), conditional: { name: "maxif", before: 1 } },
  { names: ["dcount"], aggregate: distinctCount, conditional: { name: "dcountif", before: 1 } },
  {
    names: ["count_distinct"],
    aggregate: distinctCount,
    conditional: { name: "count_distinctif", before: 1 },
  },
  {
    names: ["stdev"],
    aggregate: deviation("stddevSamp"),
    conditional: { name: "stdevif", before: 1 },
  },
  { names: ["stdevp"], aggregate: deviation("stddevPop") },
  {
    names: ["variance"],
    aggregate: deviation("varSamp"),
    conditional: { name: "varianceif", before: 1 },
  },
  {
    names: ["variancep"],
    aggregate: deviation("varPop"),
    conditional: { name: "variancepif", before: 1 },
  },
  {
    names: ["covariance"],
    aggregate: covariance("covarSamp"),
    conditional: { name: "covarianceif", before: 2 },
  },
  {
    names: ["covariancep"],
    aggregate: covariance("covarPop"),
    conditional: { name: "covariancepif", before: 2 },
  },
  {
    names: ["make_list", "makelist"],
    aggregate: makeList,
    conditional: { name: "make_list_if", before: 1 },
  },
  { names: ["make_list_with_nulls"], aggregate: makeListWithNulls },
  {
    names: ["make_set", "makeset"],
    aggregate: makeSet,
    conditional: { name: "make_set_if", before: 1 },
  },
  {
    names: ["make_bag", "make_dictionary"],
    aggregate: makeBag,
    conditional: { name: "make_bag_if", before: 1 },
  },
  { names: ["binary_all_and"], aggregate: allBits("groupBitAnd") },
  { names: ["binary_all_or"], aggregate: allBits("groupBitOr") },
  { names: ["binary_all_xor"], aggregate: allBits("groupBitXor") },
];

const plain = (name: string, aggregate: Aggregate): AggregateFunction => ({
  name,
  translate: (args, call) => atomic(aggregate(args, call, call.scope.when ?? null)),
});

const conditional = ({ name, before }: Conditional, aggregate: Aggregate): AggregateFunction => ({
  name,
  translate: (args, call) => {
    const condition = convert(argument(args, before, call), "bool").sql;
    const { when: rows } = call.scope;
    const when = rows === undefined ? condition : `${rows} AND ${condition}`;
    return atomic(
      aggregate(
        args.filter((_, index) => index !== before),
        call,
        when,
      ),
    );
  },
});

const others: readonly AggregateFunction[] = [
  ...["percentile", "percentiles"].map((name) => ({ name, translateColumns: percentiles(false) })),
  ...["percentilew", "percentilesw"].map((name) => ({ name, translateColumns: percentiles(true) })),
  { name: "percentiles_array", translateColumns: percentilesArray(false) },
  { name: "percentilesw_array", translateColumns: percentilesArray(true) },
  ...["arg_min", "argmin"].map((name) => ({ name, translateColumns: argExtreme("argMin") })),
  ...["arg_max", "argmax"].map((name) => ({ name, translateColumns: argExtreme("argMax") })),
  ...["take_any", "any"].map((name) => ({ name, translateColumns: takeAny })),
  ...["take_anyif", "anyif"].map((name) => conditional({ name, before: 1 }, takeAnyIf)),
];

/** Every aggregate by its name. */
export const aggregateFunctions: ReadonlyMap<string, AggregateFunction> = new Map(
  [
    ...entries.flatMap(({ names, aggregate }) => names.map((name) => plain(name, aggregate))),
    ...entries.flatMap(({ aggregate, conditional: form }) =>
      form ? conditional(form, aggregate) : [],
    ),
    ...others,
  ].map((entry) => [entry.name, entry]),
);
