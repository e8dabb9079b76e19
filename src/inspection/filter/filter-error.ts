import type { Span } from "./ast.ts";

/** A display filter that cannot be used: what is wrong with it, and where. */
export class FilterError extends Error {
  /** Characters from the beginning of the filter's text. */
  readonly start: number;
  readonly end: number;

  constructor(message: string, { start, end }: Span) {
    super(message);
    this.name = "FilterError";
    this.start = start;
    this.end = end;
  }
}

/** The filter's text with a line below it that points at what is wrong. */
export function pointAt(text: string, { start, end }: Span): string {
  // A tab or a line break would move the line below against the text.
  const flat = text.replaceAll(/[^\x20-\x7E]/g, " ");
  return `${flat}\n${" ".repeat(start)}^${"~".repeat(Math.max(0, end - start - 1))}`;
}
