import type { FieldType } from "../../../inspection/dissect/field.ts";
import { isSearchable, kindOf } from "../../../inspection/filter/value-kind.ts";
import type { Offer } from "./completion.ts";

const operator = (text: string, description: string): Offer => ({
  kind: "operator",
  text,
  type: "",
  description: `displayFilter.operator.${description}`,
});

const equality = [operator("==", "equal"), operator("!=", "unequal")];
const order = [
  operator(">", "greater"),
  operator("<", "less"),
  operator(">=", "atLeast"),
  operator("<=", "atMost"),
];
const search = [operator("contains", "contains"), operator("matches", "matches")];
const membership = operator("in {", "in");

/** What a finished condition is joined to the next one with. */
export const joiners: Offer[] = [
  operator("&&", "and"),
  operator("||", "or"),
  operator("^^", "xor"),
];

/** What values of a type can be asked. */
export function operatorsOf(type: FieldType): Offer[] {
  const kind = kindOf(type);
  if (kind === "none") return [];
  if (kind === "boolean") return equality;
  const ends = isSearchable(kind) ? search : [];
  const sizes = kind === "protocol" || kind === "bytes" || kind === "string" ? [] : order;
  return [...equality, ...sizes, ...ends, ...(kind === "protocol" ? [] : [membership])];
}

/** Of the filter language. */
export const functions: Offer[] = [
  "len",
  "count",
  "upper",
  "lower",
  "string",
  "max",
  "min",
  "abs",
].map((name) => ({
  kind: "function",
  text: `${name}(`,
  type: "",
  description: `displayFilter.function.${name}`,
}));
