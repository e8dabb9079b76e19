import type { UseQueryResult } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import { useList } from "./list.ts";
import { request } from "./request.ts";

const apiVersion = "2022-04-01";
const area = "providers/Microsoft.Authorization";

export interface RoleAssignment {
  id: string;
  name: string;
  properties: {
    roleDefinitionId: string;
    principalId: string;
    principalType: string;
    scope: string;
    createdOn: string;
  };
}

export interface RoleDefinition {
  id: string;
  name: string;
  properties: { roleName: string; description: string };
}

export const assignmentsKey = ["role-assignments"] as const;
export const readAssignmentsAction = "Microsoft.Authorization/roleAssignments/read";
export const writeAssignmentsAction = "Microsoft.Authorization/roleAssignments/write";
export const deleteAssignmentsAction = "Microsoft.Authorization/roleAssignments/delete";

const subscriptionPath = (id: string): string => `/subscriptions/${id}`;

export function useRoleAssignments(): UseQueryResult<RoleAssignment[]> {
  const { subscriptionId } = useSignedIn();
  const path = `${subscriptionPath(subscriptionId)}/${area}/roleAssignments?api-version=${apiVersion}`;
  return useList<RoleAssignment>(assignmentsKey, path);
}

export function useRoleDefinitions(): UseQueryResult<RoleDefinition[]> {
  const { subscriptionId } = useSignedIn();
  const path = `${subscriptionPath(subscriptionId)}/${area}/roleDefinitions?api-version=${apiVersion}`;
  return useList<RoleDefinition>(["role-definitions"], path);
}

/** The scope is the whole subscription's unless told. */
export const giveRole = (given: {
  principalId: string;
  principalType: "User" | "ServicePrincipal";
  roleDefinitionId: string;
  scope: string;
}): Promise<RoleAssignment> => {
  const { scope, ...properties } = given;
  const path = `${scope}/${area}/roleAssignments/${crypto.randomUUID()}?api-version=${apiVersion}`;
  return request("PUT", path, { properties });
};

export const takeRole = ({ id }: RoleAssignment): Promise<unknown> =>
  request("DELETE", `${id}?api-version=${apiVersion}`);
