import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLog } from "../../src/common/log.ts";
import {
  deletePrincipal,
  listAssignments,
  openAccess,
} from "../../src/provider/authorization/assignment-store.ts";
import { ensureAdministrator, ensureResponder } from "../../src/server/roles.ts";
import {
  type ControlPlane,
  machineId,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  watcherId,
} from "../provider/control-plane.ts";

let directory: string;
let plane: ControlPlane;
let context: Parameters<typeof ensureAdministrator>[0];
const subscription = `/subscriptions/${subscriptionId}`;

beforeEach(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const { state, clock } = plane;
  context = { state, clock, subscription, log: silentLog };
});
afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const rolesOf = async (principalId: string) =>
  (await listAssignments(plane.state, principalId)).map(({ role, scope }) => ({ role, scope }));

test("clients of a state from before there were roles get theirs at the next start, once", async () => {
  const { clientId } = await plane.createClient("administrator", null);
  const responder = (await plane.createClient("responder", null)).clientId;
  for (let start = 0; start < 2; start++) {
    await ensureAdministrator(context, clientId);
    await ensureResponder(context, responder);
  }
  expect(await rolesOf(clientId)).toEqual([
    { role: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", scope: subscription },
  ]);
  const access = await openAccess(plane.state, responder);
  const captures = "Microsoft.Network/networkWatchers/packetCaptures";
  for (const [action, scope] of [
    ["Microsoft.Compute/virtualMachines/read", machineId],
    ["Microsoft.Network/networkWatchers/read", watcherId],
    [`${captures}/write`, `${watcherId}/packetCaptures/c`],
    [`${captures}/queryStatus/action`, `${watcherId}/packetCaptures/c`],
  ] as const) {
    expect(access.allows(action, scope), action).toBe(true);
  }
  for (const action of [
    "Microsoft.Storage/storageAccounts/listKeys/action",
    "Microsoft.Network/networkWatchers/delete",
    "Nightcap/joinTokens/write",
    "Microsoft.Authorization/roleAssignments/write",
  ]) {
    expect(access.allows(action, subscription), action).toBe(false);
  }
});

test("an Owner's role that was taken away stays away while somebody else is Owner", async () => {
  const { clientId } = await plane.createClient("administrator", null);
  await ensureAdministrator(context, clientId);
  const other = (await plane.createClient("other", "Owner")).clientId;
  await deletePrincipal(plane.state, clientId);
  await ensureAdministrator(context, clientId);
  expect(await rolesOf(clientId)).toEqual([]);
  // The other one's client is lost: without an Owner nobody could ever be one again.
  await plane.state.documents("clients").delete(other);
  await ensureAdministrator(context, clientId);
  expect(await rolesOf(clientId)).toHaveLength(1);
});

test("a client goes with its roles, but not the last Owner", async () => {
  const { clientId } = await plane.createClient("administrator", "Owner");
  const other = (await plane.createClient("other", "Reader")).clientId;
  await deletePrincipal(plane.state, other);
  expect(await rolesOf(other)).toEqual([]);
  await expect(deletePrincipal(plane.state, clientId)).rejects.toMatchObject({ code: "Conflict" });
  expect(await rolesOf(clientId)).toHaveLength(1);
});
