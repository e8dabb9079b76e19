/** Longest expression that is repeated rather than bound: a name, a number, a short call. */
const repeatLengthMax = 40;

let placeholderCount = 0;

/** Stands for a bound name until one is chosen that occurs nowhere else; each nested one differs. */
const newPlaceholder = (): string =>
  `\u0000${(placeholderCount = (placeholderCount + 1) % 1e9)}\u0000`;

/**
 * Lets `body` use an expression many times and have it written once: through the parameter of a lambda
 * over an array of one, since ClickHouse has no `let` within an expression.
 */
export function bind(sql: string, body: (name: string) => string): string {
  if (sql.length <= repeatLengthMax) return body(sql);
  const placeholder = newPlaceholder();
  const text = body(placeholder);
  if (text.split(placeholder).length < 3) return text.replaceAll(placeholder, () => sql);
  const name = freshName(text);
  return `arrayMap(${name} -> ${text.replaceAll(placeholder, name)}, [${sql}])[1]`;
}

/** The first of v0, v1, ... that the texts do not have: one expression's lambda must not catch another's name. */
export function freshName(...texts: readonly string[]): string {
  for (let index = 0; ; index++) {
    const name = `v${index}`;
    if (!texts.some((text) => new RegExp(`\\b${name}\\b`).test(text))) return name;
  }
}

/** A value whose SQL may stand as an operand anywhere: what is more than a word goes in parentheses. */
export function atomic<T extends { readonly sql: string }>(value: T): T {
  return /^\w+$/.test(value.sql) ? value : { ...value, sql: `(${value.sql})` };
}
