// Azure's own client for roles, against the control plane.
import { randomUUID } from "node:crypto";
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ControlPlane,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
});
afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/nightcap`;

function clientOf(secret: { clientId: string; secret: string }): AuthorizationManagementClient {
  const { credential } = plane.clients(secret);
  const tls = { tlsOptions: { ca: plane.ca } };
  return new AuthorizationManagementClient(credential, subscriptionId, {
    endpoint: plane.base,
    credentialScopes: [`${plane.base}/.default`],
    ...tls,
  });
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test("a role is found by its name, given, listed and taken away", async () => {
  const owner = clientOf(await plane.createClient("owner", "Owner"));
  const { clientId: principalId } = await plane.createClient("other", null);
  const roles = await all(
    owner.roleDefinitions.list(subscription, { filter: "roleName eq 'Monitoring Contributor'" }),
  );
  expect(roles).toMatchObject([
    { name: "749f88d5-cbae-40b8-bcfc-e573ddc772fa", roleType: "BuiltInRole" },
  ]);
  const name = randomUUID();
  const roleDefinitionId = roles[0]?.id ?? "";
  const made = await owner.roleAssignments.create(group, name, {
    roleDefinitionId,
    principalId,
    principalType: "ServicePrincipal",
  });
  expect(made).toMatchObject({ name, scope: group, principalId, roleDefinitionId });
  const filter = `principalId eq '${principalId}'`;
  const below = await all(owner.roleAssignments.listForSubscription({ filter }));
  expect(below.map(({ id }) => id)).toEqual([made.id]);
  expect(await all(owner.roleAssignments.listForScope(group, { filter }))).toHaveLength(1);
  await expect(
    owner.roleAssignments.create(group, randomUUID(), { roleDefinitionId, principalId }),
  ).rejects.toMatchObject({ statusCode: 409, code: "RoleAssignmentExists" });
  await owner.roleAssignments.deleteById(made.id ?? "");
  expect(await all(owner.roleAssignments.listForScope(group, { filter }))).toEqual([]);
});

test("whoever may not give roles is refused by Azure's code", async () => {
  const secret = await plane.createClient("contributor", "Contributor");
  const contributor = clientOf(secret);
  await expect(
    contributor.roleAssignments.create(subscription, randomUUID(), {
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635`,
      principalId: secret.clientId,
    }),
  ).rejects.toMatchObject({ statusCode: 403, code: "AuthorizationFailed" });
});
