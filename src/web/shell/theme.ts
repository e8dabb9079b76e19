/** Night is for the dark room, paper for daylight; `system` follows the machine. */
export type Theme = "system" | "night" | "paper";

const storageKey = "nightcap.theme";

export function keptTheme(): Theme {
  const kept = localStorage.getItem(storageKey);
  return kept === "night" || kept === "paper" ? kept : "system";
}

/** Shows the page in the theme, and keeps it for the next visit. */
export function applyTheme(theme: Theme): void {
  localStorage.setItem(storageKey, theme);
  const isPaper = theme === "paper" || (theme === "system" && prefersLight().matches);
  document.documentElement.dataset["theme"] = isPaper ? "paper" : "night";
}

const prefersLight = (): MediaQueryList => matchMedia("(prefers-color-scheme: light)");

/** Calls back when the machine changes between light and dark. */
export function onSystemTheme(change: () => void): () => void {
  const query = prefersLight();
  query.addEventListener("change", change);
  return () => query.removeEventListener("change", change);
}
