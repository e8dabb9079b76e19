/** One place in a query that is wrong. */
export interface Problem {
  readonly message: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** What can be done with an editor from outside, whichever it is. */
export interface EditorControls {
  /** Puts text where the cursor is, in the place of what is selected. */
  insert(text: string): void;
  goTo(place: Pick<Problem, "line" | "column">): void;
  /** What is selected; empty: nothing. */
  selection(): string;
  /** Where it can: lays the query out. */
  format?(): void;
}

export interface EditorProps {
  readonly text: string;
  readonly change: (text: string) => void;
  readonly run: () => void;
  readonly problems: readonly Problem[];
  /** Told the controls when the editor is there, and null when it goes. */
  readonly control: (controls: EditorControls | null) => void;
  readonly label: string;
  /** The element that says how the keyboard works here. */
  readonly hintId: string;
}
