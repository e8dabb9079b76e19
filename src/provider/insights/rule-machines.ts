import type { RuleTarget } from "../../alert/rule-targets.ts";
import type { Clock } from "../../common/clock.ts";
import type { State } from "../../state/state.ts";
import { virtualMachineType } from "../compute/machines.ts";

/** Machines that rules over groups and subscriptions can be about. */
const machineCountMax = 10_000;
/** Rules are looked at several times a second: a new machine is seen by them after this. */
const keptMilliseconds = 5_000;

/** All machines below `scope`. */
export async function listRuleMachines(state: State, scope: string): Promise<RuleTarget[]> {
  const query = { scope, type: virtualMachineType, limit: machineCountMax };
  const found = await state.resources.list(query);
  return found.map(({ id, body }) => ({ id, location: String(body["location"]) }));
}

/** The same, read at most every five seconds. */
export function createRuleMachines(
  state: State,
  { scope, clock }: { scope: string; clock: Clock },
): () => Promise<readonly RuleTarget[]> {
  let machines: readonly RuleTarget[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (Math.abs(clock.now() - readAt) < keptMilliseconds) return machines;
    machines = await listRuleMachines(state, scope);
    readAt = clock.now();
    return machines;
  };
}
