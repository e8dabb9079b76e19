import type { ViewAnswer } from "../../logs/views/run-view.ts";

const answerCountMax = 200;
/** Answers with more rows are made anew each time. */
const answerRowsMax = 5_000;

export interface AnswerCache {
  get(tag: string): ViewAnswer | undefined;
  set(tag: string, answer: ViewAnswer): void;
}

/** The last answers by their tag: one tag has one answer for ever, so that nothing in here grows old. */
export function createAnswerCache(): AnswerCache {
  const answers = new Map<string, ViewAnswer>();
  return {
    get: (tag) => answers.get(tag),
    set(tag, answer) {
      if (answer.rows.length > answerRowsMax) return;
      answers.delete(tag);
      answers.set(tag, answer);
      const [oldest] = answers.keys();
      if (answers.size > answerCountMax && oldest !== undefined) answers.delete(oldest);
    },
  };
}
