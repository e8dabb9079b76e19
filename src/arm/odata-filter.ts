import { NightcapError } from "../common/errors.ts";

const filterLengthMax = 2_048;
const termCountMax = 16;

/** `name eq 'value'`, in the order that clients write it. */
export interface Comparison {
  field: string;
  operator: "eq" | "ne" | "ge" | "gt" | "le" | "lt";
  value: string;
}

/** `atScope()`, `assignedTo('id')`, `startswith(tagName, 'a')`. */
export interface FunctionCall {
  call: string;
  arguments: readonly string[];
}

export type FilterTerm = Comparison | FunctionCall;

const value = String.raw`'(?:[^']|'')*'|[^\s'()]+`;
const comparison = new RegExp(
  String.raw`^([\w./]+)\s+(eq|ne|ge|gt|le|lt)\s+(${value})(?:\s+and\s+|$)`,
  "i",
);
const call = new RegExp(
  String.raw`^(\w+)\(\s*((?:${value})(?:\s*,\s*(?:${value}))*)?\s*\)(?:\s+and\s+|$)`,
  "i",
);
const argument = new RegExp(String.raw`'(?:[^']|'')*'|[^\s'(),]+`, "g");

/**
 * The terms of a `$filter`, which all must hold: the part of OData that Azure's clients send. None
 * for an empty one, which az sends too. Throws `InvalidParameter` with the text that was not understood.
 */
export function parseFilter(text: string | null): FilterTerm[] {
  let rest = (text ?? "").trim();
  if (rest.length > filterLengthMax) throw unreadable(rest);
  const terms: FilterTerm[] = [];
  while (rest !== "") {
    const found = readTerm(rest);
    if (!found || terms.length === termCountMax) throw unreadable(rest);
    terms.push(found.term);
    rest = rest.slice(found.length).trim();
  }
  return terms;
}

function readTerm(text: string): { term: FilterTerm; length: number } | null {
  const compared = comparison.exec(text);
  if (compared) {
    const [all, field = "", operator = "", raw = ""] = compared;
    const named = operator.toLowerCase() as Comparison["operator"];
    return { term: { field, operator: named, value: unquote(raw) }, length: all.length };
  }
  const called = call.exec(text);
  if (!called) return null;
  const [all, name = "", list = ""] = called;
  const values = Array.from(list.matchAll(argument), ([raw]) => unquote(raw));
  return { term: { call: name, arguments: values }, length: all.length };
}

const unquote = (text: string): string =>
  text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text;

/** For a term that is well formed but means nothing here. */
export function unknownTerm(term: FilterTerm, allowed: string): NightcapError {
  const shown =
    "call" in term
      ? `${term.call}()`
      : `${term.field} ${term.operator} '${term.value.slice(0, 80)}'`;
  return new NightcapError(
    "InvalidParameter",
    `$filter "${shown}" is not supported here: ${allowed} expected`,
  );
}

function unreadable(text: string): NightcapError {
  return new NightcapError(
    "InvalidParameter",
    `$filter cannot be read from "${text.slice(0, 80)}" on: name eq 'value', joined by "and", expected`,
  );
}
