/** The colours of the theme that charts are drawn in. */
export interface ChartColours {
  ink: string;
  soft: string;
  faint: string;
  line: string;
  surface: string;
  lamp: string;
  signal: string;
  bad: string;
  good: string;
}
