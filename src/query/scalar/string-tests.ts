import { sqlString } from "../sql-text.ts";

/** Builds the test of one string operator over two SQL strings; `constant` is the right one where it is known. */
type StringTest = (text: string, sought: string, constant: string | undefined) => string;

const lower = (sql: string): string => `lowerUTF8(${sql})`;

/** Every operator over strings without its `!`, in Kusto's spelling. */
export const stringTests: Readonly<Record<string, StringTest>> = {
  "==": (text, sought) => `(${text} = ${sought})`,
  "=~": (text, sought) => `(${lower(text)} = ${lower(sought)})`,
  contains: (text, sought) => `(positionCaseInsensitiveUTF8(${text}, ${sought}) > 0)`,
  contains_cs: (text, sought) => `(position(${text}, ${sought}) > 0)`,
  containscs: (text, sought) => `(position(${text}, ${sought}) > 0)`,
  startswith: (text, sought) => `startsWith(${lower(text)}, ${lower(sought)})`,
  startswith_cs: (text, sought) => `startsWith(${text}, ${sought})`,
  endswith: (text, sought) => `endsWith(${lower(text)}, ${lower(sought)})`,
  endswith_cs: (text, sought) => `endsWith(${text}, ${sought})`,
  has: termTest("(?i)", { start: true, end: true }),
  has_cs: termTest("", { start: true, end: true }),
  hasprefix: termTest("(?i)", { start: true, end: false }),
  hasprefix_cs: termTest("", { start: true, end: false }),
  hassuffix: termTest("(?i)", { start: false, end: true }),
  hassuffix_cs: termTest("", { start: false, end: true }),
  "matches regex": (text, sought, constant) =>
    `match(${text}, ${constant === undefined ? `concat('(?-s)', ${sought})` : sqlString(`(?-s)${constant}`)})`,
};

const letter = String.raw`[\p{L}\p{N}]`;
const termStart = String.raw`(?:^|[^\p{L}\p{N}])`;
const termEnd = String.raw`(?:[^\p{L}\p{N}]|$)`;

/**
 * Kusto cuts strings into terms, the longest runs of letters and digits, and `has` looks for whole ones
 * (learn.microsoft.com/kusto/query/datatypes-string-operators, "What is a term?").
 */
function termTest(flags: string, bounds: { start: boolean; end: boolean }): StringTest {
  return (text, sought, constant) => {
    if (constant !== undefined)
      return `match(${text}, ${sqlString(flags + termPattern(constant, bounds))})`;
    const start = `if(match(${sought}, ${sqlString(`^${letter}`)}), ${sqlString(termStart)}, '')`;
    const end = `if(match(${sought}, ${sqlString(`${letter}$`)}), ${sqlString(termEnd)}, '')`;
    const parts = [
      bounds.start ? start : "''",
      `regexpQuoteMeta(${sought})`,
      bounds.end ? end : "''",
    ];
    return `match(${text}, concat(${sqlString(flags)}, ${parts.join(", ")}))`;
  };
}

function termPattern(sought: string, bounds: { start: boolean; end: boolean }): string {
  const start = bounds.start && /^[\p{L}\p{N}]/u.test(sought) ? termStart : "";
  const end = bounds.end && /[\p{L}\p{N}]$/u.test(sought) ? termEnd : "";
  return start + sought.replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`) + end;
}
