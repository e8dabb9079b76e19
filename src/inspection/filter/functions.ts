import type { FieldType } from "../dissect/field.ts";
import { compareValues } from "./compare.ts";
import { valueSizeBytes, valueText } from "./value-text.ts";
import type { TypedOperand } from "./typed.ts";
import { kindOf, type Value } from "./value-kind.ts";

/** A function of the filter language. */
export interface FilterFunction {
  name: string;
  argumentCountMin: number;
  argumentCountMax: number;
  /** Why an argument is none of its own; null when it is. */
  refuses(argument: TypedOperand): string | null;
  /** The type of its values, of arguments of a type. */
  type(argument: FieldType): FieldType;
  /** Its values, from those of all arguments together. */
  apply(values: readonly Value[], type: FieldType): Value[];
}

const argumentCountMax = 100;
const one = { argumentCountMin: 1, argumentCountMax: 1 };
const several = { argumentCountMin: 1, argumentCountMax };

const isField = ({ kind }: TypedOperand): boolean => kind === "field" || kind === "protocol";
const isNumber = ({ type }: TypedOperand): boolean =>
  ["integer", "wide", "float", "relativeTime"].includes(kindOf(type));
const sameType = (type: FieldType): FieldType => type;
const onlyStrings = (argument: TypedOperand): string | null =>
  kindOf(argument.type) === "string" ? null : "only text has upper and lower case";

function extreme(sign: number): FilterFunction["apply"] {
  return (values, type) => {
    const kind = kindOf(type);
    const best = values.reduce<Value | undefined>(
      (kept, value) =>
        kept === undefined || compareValues(kind, value, kept) * sign > 0 ? value : kept,
      undefined,
    );
    return best === undefined ? [] : [best];
  };
}

const functions: readonly FilterFunction[] = [
  {
    name: "len",
    ...one,
    refuses: ({ type }) => (kindOf(type) === "none" ? "this field has no length" : null),
    type: () => "uint32",
    apply: (values, type) => values.map((value) => valueSizeBytes(value, type)),
  },
  {
    name: "count",
    ...one,
    refuses: (argument) => (isField(argument) ? null : "count() takes a field"),
    type: () => "uint32",
    apply: (values) => (values.length === 0 ? [] : [values.length]),
  },
  {
    name: "upper",
    ...one,
    refuses: onlyStrings,
    type: () => "string",
    apply: (values) => values.map((value) => asciiUpper(String(value))),
  },
  {
    name: "lower",
    ...one,
    refuses: onlyStrings,
    type: () => "string",
    apply: (values) => values.map((value) => asciiLower(String(value))),
  },
  {
    name: "string",
    ...one,
    refuses: (argument) =>
      isField(argument) && !["string", "protocol", "none"].includes(kindOf(argument.type))
        ? null
        : "string() takes a field that is no text already",
    type: () => "string",
    apply: (values, type) => values.map((value) => valueText(value, type)),
  },
  { name: "max", ...several, refuses: onlyOrdered, type: sameType, apply: extreme(1) },
  { name: "min", ...several, refuses: onlyOrdered, type: sameType, apply: extreme(-1) },
  {
    name: "abs",
    ...one,
    refuses: (argument) => (isNumber(argument) ? null : "only numbers have an absolute value"),
    type: sameType,
    apply: (values) =>
      values.map((value) =>
        typeof value === "bigint" ? (value < 0n ? -value : value) : Math.abs(Number(value)),
      ),
  },
];

function onlyOrdered({ type }: TypedOperand): string | null {
  return ["none", "boolean", "protocol"].includes(kindOf(type))
    ? "of these values none is larger than another"
    : null;
}

const asciiUpper = (text: string): string =>
  text.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase());
const asciiLower = (text: string): string =>
  text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

const byName = new Map(functions.map((each) => [each.name, each]));

export function functionNamed(name: string): FilterFunction | undefined {
  return byName.get(name);
}
