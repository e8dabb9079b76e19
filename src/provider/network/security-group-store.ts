import { randomUUID } from "node:crypto";
import { z } from "zod";
import { defaultSecurityRules } from "../../arm/default-security-rules.ts";
import { checkResourceName, parseResourceId } from "../../arm/resource-id.ts";
import {
  checkConflicts,
  type SecurityRule,
  securityRuleOf,
  securityRuleRequest,
} from "../../arm/security-rule.ts";
import { tags } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State, StoredResource } from "../../state/state.ts";
import { networkInterfaceType } from "../compute/machines.ts";
import { findResource } from "../kernel/answers.ts";
import { parseContent } from "../kernel/request-body.ts";

export const securityGroupType = "Microsoft.Network/networkSecurityGroups";
/** Azure's limit of a group. */
export const ruleCountMax = 1_000;

const readOnly = z.unknown().optional();

export const ruleBody = z.strictObject({
  id: readOnly,
  type: readOnly,
  etag: readOnly,
  name: z.string().min(1).max(80).optional(),
  properties: securityRuleRequest,
});

/** Body of PUT networkSecurityGroups; what the server says is taken back and not looked at. */
const groupBody = z.strictObject({
  id: readOnly,
  name: readOnly,
  type: readOnly,
  etag: readOnly,
  location: z.string().min(1).max(60),
  tags: tags.optional(),
  properties: z
    .strictObject({
      securityRules: z
        .array(ruleBody.extend({ name: z.string().min(1).max(80) }))
        .max(ruleCountMax)
        .default([]),
      flushConnection: z.boolean().optional(),
      defaultSecurityRules: readOnly,
      networkInterfaces: readOnly,
      subnets: readOnly,
      flowLogs: readOnly,
      resourceGuid: readOnly,
      provisioningState: readOnly,
      nightcap: readOnly,
    })
    .default({ securityRules: [] }),
});

/** What a group's document has: its rules are in it, so that all of them change together. */
export interface SecurityGroupBody extends Record<string, unknown> {
  location: string;
  tags: Record<string, string>;
  properties: {
    resourceGuid: string;
    flushConnection?: boolean;
    securityRules: SecurityRule[];
  };
}

/** Clients send null for what they leave out. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNulls(each)]));
}

export function readRule(name: string, body: unknown): SecurityRule {
  checkResourceName(name, "security rule");
  return securityRuleOf(name, parseContent(ruleBody, withoutNulls(body)).properties);
}

/** The document for a PUT's body; `before` keeps its guid. */
export function readGroup(body: unknown, before: StoredResource | null): SecurityGroupBody {
  const request = parseContent(groupBody, withoutNulls(body));
  const { flushConnection } = request.properties;
  const securityRules = request.properties.securityRules.map(({ name, properties }) => {
    checkResourceName(name, "security rule");
    return securityRuleOf(name, properties);
  });
  checkConflicts(securityRules);
  const resourceGuid = before ? groupOf(before).properties.resourceGuid : randomUUID();
  return {
    location: request.location,
    tags: request.tags ?? {},
    properties: {
      resourceGuid,
      ...(flushConnection === undefined ? {} : { flushConnection }),
      securityRules,
    },
  };
}

/** The document that is stored, which only this folder writes. */
export const groupOf = (resource: StoredResource): SecurityGroupBody =>
  resource.body as SecurityGroupBody;

/** A group's interfaces, by the group's id in lower case: looked up once for a whole list. */
export async function interfacesByGroup(
  state: State,
  scope: string,
): Promise<ReadonlyMap<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const { id, body } of await state.resources.list({ scope, type: networkInterfaceType })) {
    const groupId = securityGroupOf(body)?.toLowerCase();
    if (groupId !== undefined) found.set(groupId, [...(found.get(groupId) ?? []), id]);
  }
  return found;
}

/** The id of the group that an interface's body names. */
export function securityGroupOf(body: Record<string, unknown>): string | undefined {
  const properties = body["properties"] as { networkSecurityGroup?: { id?: string } } | undefined;
  return properties?.networkSecurityGroup?.id;
}

/** The group as clients see it. */
export function showGroup(
  resource: StoredResource,
  interfaces: ReadonlyMap<string, readonly string[]>,
): StoredResource {
  const { properties, ...rest } = groupOf(resource);
  const attached = interfaces.get(resource.id.toLowerCase()) ?? [];
  const show = (kind: string) => (rule: SecurityRule) => showRule(resource, rule, kind);
  return {
    ...resource,
    body: {
      ...rest,
      properties: {
        ...properties,
        provisioningState: "Succeeded",
        securityRules: properties.securityRules.map(show("securityRules")),
        defaultSecurityRules: defaultSecurityRules.map(show("defaultSecurityRules")),
        ...(attached.length === 0 ? {} : { networkInterfaces: attached.map((id) => ({ id })) }),
        nightcap: { enforced: false },
      },
    },
  };
}

/** A rule as clients see it: its etag is the group's. */
export const showRule = (
  group: Pick<StoredResource, "id" | "etag">,
  { name, properties }: SecurityRule,
  kind = "securityRules",
) => ({
  id: `${group.id}/${kind}/${name}`,
  name,
  type: `${securityGroupType}/${kind}`,
  etag: group.etag,
  properties,
});

/** The id of a group as it was first written. Throws when it is another thing, or not there. */
export async function findGroupId(state: State, id: string): Promise<string> {
  const { type } = parseResourceId(id);
  if (type.toLowerCase() !== securityGroupType.toLowerCase()) {
    throw new NightcapError("InvalidParameter", `networkSecurityGroup "${id}" is a ${type}`);
  }
  return (await findResource({ state }, id)).id;
}
