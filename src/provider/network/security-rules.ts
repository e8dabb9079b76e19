import { apiVersionsOf } from "../../arm/api-version.ts";
import { defaultSecurityRules } from "../../arm/default-security-rules.ts";
import { checkConflicts, type SecurityRule } from "../../arm/security-rule.ts";
import { NightcapError } from "../../common/errors.ts";
import type { StoredResource } from "../../state/state.ts";
import { checkConditions, findResource, noContent, resourceNotFound } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import {
  groupOf,
  readRule,
  ruleCountMax,
  securityGroupType,
  showRule,
} from "./security-group-store.ts";

/** A group's rules as resources of their own: they live in the group, and share its etag. */
export function securityRuleOperations(group: string): Operation[] {
  const apiVersions = apiVersionsOf(securityGroupType);
  const action = (verb: string) => `${securityGroupType}/securityRules/${verb}`;
  const path = `${group}/securityRules/{securityRuleName}`;
  const read = { method: "GET" as const, action: action("read"), apiVersions };
  const readDefault = { ...read, action: `${securityGroupType}/defaultSecurityRules/read` };
  return [
    { ...read, path: `${group}/securityRules`, handle: (context) => list(context, ownRules) },
    { ...read, path, handle: (context) => show(context, ownRules) },
    { method: "PUT", path, action: action("write"), apiVersions, handle: putRule },
    { method: "DELETE", path, action: action("delete"), apiVersions, handle: deleteRule },
    {
      ...readDefault,
      path: `${group}/defaultSecurityRules`,
      handle: (context) => list(context, defaults),
    },
    {
      ...readDefault,
      path: `${group}/defaultSecurityRules/{securityRuleName}`,
      handle: (context) => show(context, defaults),
    },
  ];
}

interface RuleKind {
  kind: "securityRules" | "defaultSecurityRules";
  of: (group: StoredResource) => readonly SecurityRule[];
}

const ownRules: RuleKind = {
  kind: "securityRules",
  of: (group) => groupOf(group).properties.securityRules,
};
const defaults: RuleKind = { kind: "defaultSecurityRules", of: () => defaultSecurityRules };

const parentOf = (path: string, levels: number): string =>
  path.split("/").slice(0, -levels).join("/");

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

async function list(context: ArmContext, { kind, of }: RuleKind): Promise<ArmAnswer> {
  const group = await findResource(context, parentOf(context.path, 1));
  const shown = of(group).map((rule) => showRule(group, rule, kind));
  return { status: 200, body: { value: shown.filter((rule) => context.permit.shows(rule)) } };
}

async function show(context: ArmContext, { kind, of }: RuleKind): Promise<ArmAnswer> {
  const group = await findResource(context, parentOf(context.path, 2));
  const name = context.param("securityRuleName");
  const rule = of(group).find((each) => sameName(each.name, name));
  if (!rule) throw resourceNotFound(context.path);
  return ruleAnswer(200, group, showRule(group, rule, kind));
}

const ruleAnswer = (
  status: number,
  group: Pick<StoredResource, "etag">,
  body: ReturnType<typeof showRule>,
): ArmAnswer => ({ status, body, headers: { etag: group.etag } });

async function putRule(context: ArmContext): Promise<ArmAnswer> {
  const rule = readRule(context.param("securityRuleName"), context.body);
  return context.state.transact(async (inside) => {
    const group = await findResource({ state: inside }, parentOf(context.path, 2));
    const rules = groupOf(group).properties.securityRules;
    const before = rules.find((each) => sameName(each.name, rule.name));
    checkConditions(context, before ? group : null);
    const kept = before ? { ...rule, name: before.name } : rule;
    const others = rules.filter((each) => each !== before);
    if (others.length >= ruleCountMax) {
      throw new NightcapError(
        "InvalidParameter",
        `network security group ${group.id} has ${others.length} rules: at most ${ruleCountMax} are allowed`,
      );
    }
    checkConflicts([...others, kept]);
    const stored = await inside.resources.put(withRules(group, [...others, kept]));
    return ruleAnswer(before ? 200 : 201, stored, showRule(stored, kept));
  });
}

async function deleteRule(context: ArmContext): Promise<ArmAnswer> {
  return context.state.transact(async (inside) => {
    const group = await inside.resources.get(parentOf(context.path, 2));
    if (!group) return noContent;
    const rules = groupOf(group).properties.securityRules;
    const name = context.param("securityRuleName");
    const left = rules.filter((each) => !sameName(each.name, name));
    if (left.length === rules.length) return noContent;
    checkConditions(context, group);
    await inside.resources.put(withRules(group, left));
    return noContent;
  });
}

function withRules(group: StoredResource, securityRules: readonly SecurityRule[]): StoredResource {
  const { properties } = groupOf(group);
  return { ...group, body: { ...group.body, properties: { ...properties, securityRules } } };
}
