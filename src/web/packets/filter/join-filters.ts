/** How a condition is put to the filter that is there. */
export type Joining = "only" | "and" | "andNot";

/** Whether parts of a condition would bind to what is put beside it. */
const isJoined = (text: string): boolean => /\|\||\^\^|\b(?:or|xor)\b/.test(text);
const enclosed = (text: string): string => (isJoined(text) ? `(${text})` : text);

export function joinFilters(filter: string, condition: string, joining: Joining): string {
  const before = filter.trim();
  const added = joining === "andNot" ? `!(${condition})` : enclosed(condition);
  if (joining === "only" || before === "") return joining === "andNot" ? added : condition;
  return `${enclosed(before)} && ${added}`;
}
