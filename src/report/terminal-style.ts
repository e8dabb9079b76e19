/** How words stand out; without colours they do not, and say the same. */
export interface Style {
  strong(text: string): string;
  soft(text: string): string;
  accent(text: string): string;
  problem(text: string): string;
  warning(text: string): string;
  note(text: string): string;
}

/** ECMA-48 renditions; all end with 0, so that nothing leaks into what follows. */
export function styles(isColored: boolean): Style {
  const rendition =
    (code: string) =>
    (text: string): string =>
      isColored && text !== "" ? `\u001B[${code}m${text}\u001B[0m` : text;
  return {
    strong: rendition("1"),
    soft: rendition("2"),
    accent: rendition("36"),
    problem: rendition("1;31"),
    warning: rendition("1;33"),
    note: rendition("1;34"),
  };
}

const levels = "▁▂▃▄▅▆▇█";

/** One character for each value, as high as it is; nothing is a space, and a little is seen. */
export function sparkline(values: readonly number[]): string {
  const most = values.reduce((max, value) => Math.max(max, value), 0);
  return values
    .map((value) => {
      if (value <= 0 || most <= 0) return " ";
      const level = Math.ceil((value / most) * levels.length) - 1;
      return levels[Math.min(levels.length - 1, Math.max(0, level))] ?? " ";
    })
    .join("");
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar for a share of a whole, in eighths of a character. */
export function bar(part: number, whole: number, width: number): string {
  if (whole <= 0 || part <= 0) return "";
  const all = Math.max(1, Math.round(Math.min(1, part / whole) * width * 8));
  return "█".repeat(all >> 3) + (eighths[all & 7] ?? "");
}
