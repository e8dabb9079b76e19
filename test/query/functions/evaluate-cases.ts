import { afterAll, beforeAll, expect, test } from "vitest";
import { openKqlSession } from "../kql-session.ts";
import type { KqlSession } from "../kql-session.ts";

/** An expression of KQL, and what `tostring()` of it must say. */
export type ExpressionCase = readonly [expression: string, expected: string];

/** Runs every expression of a table in one query, and says which ones differ. */
export function evaluateCases(title: string, cases: readonly ExpressionCase[]): void {
  let session: KqlSession;
  beforeAll(async () => {
    session = await openKqlSession();
  });
  afterAll(() => session.close());

  test(title, async () => {
    const answers: [string, string][] = [];
    for (const [expression] of cases)
      answers.push([expression, await answerTo(session, expression)]);
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(cases));
  });
}

async function answerTo(session: KqlSession, expression: string): Promise<string> {
  try {
    const rows = await session.rows(`print x = tostring(${expression})`);
    return String(rows[0]?.[0]);
  } catch (error) {
    return `error: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`;
  }
}
