/** Strings and comments, whose brackets do not count. */
const skipped =
  /```[\s\S]*?```|@"[^"]*"|@'[^']*'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*|[([{]|[)\]}]/g;

/** How many brackets stand within each other, found before the parser is asked, which such a text keeps busy. */
export function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [part] of text.matchAll(skipped)) {
    if ("([{".includes(part)) deepest = Math.max(deepest, ++depth);
    else if (")]}".includes(part)) depth--;
  }
  return deepest;
}
