// One check: a name, and work that throws when Nightcap does not do what Azure's client expects.
import type { Clients } from "./clients.ts";

export interface Check {
  /** A sentence; each is there once in the whole suite. */
  name: string;
  readonly run: (clients: Clients) => Promise<void>;
}

/** What the child process says of each check, in order. */
export interface Verdict {
  name: string;
  /** Null: it holds. */
  problem: string | null;
}

/** How a call was refused: the HTTP status and Azure's code. */
export async function refusalOf(call: Promise<unknown>): Promise<{ status: number; code: string }> {
  try {
    await call;
  } catch (error) {
    const { statusCode = 0, code = String(error) } = error as {
      statusCode?: number;
      code?: string;
    };
    return { status: statusCode, code };
  }
  throw new Error("the call was to be refused, and was not");
}

/** All items of a list, over all its pages. */
export async function all<Item>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) items.push(item);
  return items;
}
