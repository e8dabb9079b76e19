import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";

const guidPattern = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

/** Throws when a path names a subscription that is not ours. */
export async function checkSubscription(
  state: State,
  subscriptionId: string | undefined,
): Promise<void> {
  if (subscriptionId === undefined) return;
  if (!guidPattern.test(subscriptionId)) {
    throw new NightcapError(
      "InvalidSubscriptionId",
      `The provided subscription identifier '${subscriptionId}' is malformed or invalid.`,
    );
  }
  if (await state.resources.get(`/subscriptions/${subscriptionId}`)) return;
  throw new NightcapError(
    "SubscriptionNotFound",
    `The subscription '${subscriptionId}' could not be found.`,
  );
}

/** Throws when a path names a resource group that is not there. */
export async function checkGroup(state: State, params: ReadonlyMap<string, string>): Promise<void> {
  const group = params.get("resourceGroupName");
  if (group === undefined) return;
  const id = `/subscriptions/${params.get("subscriptionId")}/resourceGroups/${group}`;
  if (!(await state.resources.get(id))) throw resourceGroupNotFound(group);
}

export const resourceGroupNotFound = (group: string): NightcapError =>
  new NightcapError("ResourceGroupNotFound", `Resource group '${group}' could not be found.`);
