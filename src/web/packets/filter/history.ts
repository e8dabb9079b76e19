const storageKey = "nightcap.filters";
const filterCountMax = 30;
/** Longer ones are not kept. */
const filterLengthMax = 2_000;

/** Filters that were asked in this browser, the newest first. */
export function keptFilters(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept
      .filter((text): text is string => typeof text === "string" && text.length <= filterLengthMax)
      .slice(0, filterCountMax);
  } catch {
    return [];
  }
}

export function keepFilter(text: string): void {
  if (text.trim() === "" || text.length > filterLengthMax) return;
  const others = keptFilters().filter((kept) => kept !== text);
  const kept = [text, ...others].slice(0, filterCountMax);
  try {
    localStorage.setItem(storageKey, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing has no history.
  }
}
