import type { Condition } from "./ast.ts";
import { catalog } from "./catalog.ts";
import { checkFilter } from "./check.ts";
import { compileCondition, type Predicate } from "./compile.ts";
import { parseFilter } from "./parser.ts";

/** A display filter that is ready to be asked. */
export interface Filter {
  text: string;
  matches: Predicate;
  /** Words of its text that may name fields. */
  names: ReadonlySet<string>;
}

/** Compiles a filter in Wireshark's language; raises FilterError with the place of what is wrong. */
export function compileFilter(text: string): Filter {
  const parsed = parseFilter(text);
  if (!parsed) return { text, matches: () => true, names: new Set() };
  const matches = compileCondition(checkFilter(parsed, catalog()));
  return { text, matches, names: namesIn(parsed) };
}

function namesIn(condition: Condition): Set<string> {
  const names = new Set<string>();
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) {
      for (const each of part) visit(each);
    } else if (typeof part === "object" && part !== null) {
      if ("kind" in part && part.kind === "word" && "text" in part) names.add(String(part.text));
      for (const each of Object.values(part)) visit(each);
    }
  };
  visit(condition);
  return names;
}
