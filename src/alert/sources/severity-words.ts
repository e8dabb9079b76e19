/** What senders call their severities, as Azure's: 0 critical, 1 error, 2 warning, 3 informational, 4 verbose. */
const words: Readonly<Record<string, number>> = {
  emergency: 0,
  disaster: 0,
  alert: 0,
  critical: 0,
  crit: 0,
  fatal: 0,
  page: 0,
  error: 1,
  err: 1,
  high: 1,
  major: 1,
  warning: 2,
  warn: 2,
  medium: 2,
  average: 2,
  notice: 3,
  informational: 3,
  information: 3,
  info: 3,
  low: 3,
  minor: 3,
  debug: 4,
  verbose: 4,
  none: 4,
};

/** A severity from a word, a number from 0 to 4, `Sev0` to `Sev4` or `P1` to `P5`; null for anything else. */
export function severityOf(value: unknown): number | null {
  const text = typeof value === "number" || typeof value === "string" ? String(value).trim() : "";
  const number = /^(?:sev)?([0-4])$/i.exec(text)?.[1];
  if (number !== undefined) return Number(number);
  const priority = /^p([1-5])$/i.exec(text)?.[1];
  if (priority !== undefined) return Number(priority) - 1;
  const word = text.toLowerCase();
  return Object.hasOwn(words, word) ? (words[word] ?? null) : null;
}
