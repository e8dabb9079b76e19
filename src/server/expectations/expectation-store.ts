import { randomUUID } from "node:crypto";
import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { Expectation } from "../../incident/expectation.ts";
import type { State } from "../../state/state.ts";

/** More than people can know of. */
const expectationCountMax = 1_000;

const table = (state: State) => state.documents<Expectation>("expectations");

/** Those that have not expired; read for each alert. */
export async function readExpectations(
  state: State,
  { now }: Pick<Clock, "now">,
): Promise<Expectation[]> {
  const all = await table(state).list({ limit: expectationCountMax });
  return all.map(({ body }) => body).filter(({ expiresAt }) => expiresAt > now());
}

/** Keeps one more; those that have expired go then. */
export function addExpectation(
  state: State,
  wanted: Omit<Expectation, "expectationId">,
): Promise<Expectation> {
  return state.transact(async (inside) => {
    const all = await table(inside).list({ limit: expectationCountMax });
    const over = all.filter(({ body }) => body.expiresAt <= wanted.createdAt);
    for (const { key } of over) await table(inside).delete(key);
    if (all.length - over.length >= expectationCountMax) {
      const message = `there are ${expectationCountMax} expectations: remove some first`;
      throw new NightcapError("Conflict", message);
    }
    const made = { expectationId: randomUUID(), ...wanted };
    await table(inside).put(made.expectationId, made);
    return made;
  });
}

/** What it was; throws when there is none. */
export async function removeExpectation(state: State, id: string): Promise<Expectation> {
  const found = await table(state).get(id);
  if (!found) throw new NightcapError("ResourceNotFound", "there is no such expectation");
  await table(state).delete(id);
  return found.body;
}
