import { parseLogRule } from "../../../alert/logs/log-rule.ts";
import { ruleKey } from "../../../alert/logs/log-status.ts";
import { apiVersionsOf } from "../../../arm/api-version.ts";
import { checkResourceName } from "../../../arm/resource-id.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceAnswer,
  scopeOf,
  writeCondition,
} from "../../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../../kernel/arm-request.ts";
import { parseContent } from "../../kernel/request-body.ts";
import { checkScopes, noteReach } from "./check-scopes.ts";
import { withoutStatus, withStatus } from "./log-rule-view.ts";
import { checkRuleQuery, type QueryCheck } from "./check-query.ts";
import { checkLogRuleKind, logRuleBody, logRulePatch, logRulePut } from "./log-rule-request.ts";

export const logRuleType = "Microsoft.Insights/scheduledQueryRules";
const subscription = "/subscriptions/{subscriptionId}";
const group = `${subscription}/resourceGroups/{resourceGroupName}`;

export interface LogRuleParts {
  /** Looks at a rule's query before the rule is kept. */
  checkQuery: QueryCheck;
  onChanged(resourceId: string): void;
}

/** Microsoft.Insights/scheduledQueryRules: alert rules whose condition is a query over logs. */
export function logRuleOperations(parts: LogRuleParts): Operation[] {
  const apiVersions = apiVersionsOf(logRuleType);
  const path = `${group}/providers/${logRuleType}/{ruleName}`;
  const read = { method: "GET" as const, action: `${logRuleType}/read`, apiVersions };
  const list = (context: ArmContext) =>
    listAnswer(context, { scope: scopeOf(context), type: logRuleType }, (page) =>
      Promise.all(page.map((rule) => withStatus(context, rule))),
    );
  const write = (
    method: Operation["method"],
    work: (context: ArmContext, checkQuery: QueryCheck) => Promise<ArmAnswer>,
  ): Operation => ({
    method,
    path,
    action: `${logRuleType}/${method === "DELETE" ? "delete" : "write"}`,
    apiVersions,
    async handle(context) {
      const answer = await work(context, parts.checkQuery);
      parts.onChanged(context.path);
      return answer;
    },
  });
  return [
    { ...read, path: `${subscription}/providers/${logRuleType}`, handle: list },
    { ...read, path: `${group}/providers/${logRuleType}`, handle: list },
    {
      ...read,
      path,
      async handle(context) {
        const found = await findResource(context, context.path);
        return resourceAnswer(200, await withStatus(context, found));
      },
    },
    write("PUT", putRule),
    write("PATCH", patchRule),
    write("DELETE", deleteRule),
  ];
}

async function putRule(context: ArmContext, checkQuery: QueryCheck): Promise<ArmAnswer> {
  checkResourceName(context.param("ruleName"), "log alert rule");
  const request = parseContent(logRulePut, context.body);
  checkLogRuleKind(request);
  const parsed = parseLogRule(withoutStatus(request.properties));
  const { state, path } = context;
  checkConditions(context, await state.resources.get(path));
  checkScopes(context, parsed);
  await checkRuleQuery(parsed, checkQuery);
  await noteReach(context);
  const body = logRuleBody({ location: request.location, tags: request.tags ?? {} }, parsed);
  const stored = await state.resources.put(
    { id: path, type: logRuleType, body },
    writeCondition(context),
  );
  return resourceAnswer(stored.created ? 201 : 200, await withStatus(context, stored));
}

/** Properties that are named replace those that are there; the whole must be right again. */
async function patchRule(context: ArmContext, checkQuery: QueryCheck): Promise<ArmAnswer> {
  const found = await findResource(context, context.path);
  checkConditions(context, found);
  const request = parseContent(logRulePatch, context.body);
  checkLogRuleKind(request);
  const before = found.body as {
    location: string;
    tags: Record<string, string>;
    properties: object;
  };
  const parsed = parseLogRule({
    ...before.properties,
    ...withoutStatus(request.properties ?? {}),
  });
  checkScopes(context, parsed);
  if (request.properties?.["criteria"] !== undefined) await checkRuleQuery(parsed, checkQuery);
  const tags = request.tags ?? before.tags;
  await noteReach(context);
  const body = logRuleBody({ location: before.location, tags }, parsed);
  const stored = await context.state.resources.put({ ...found, body }, { ifMatch: found.etag });
  return resourceAnswer(200, await withStatus(context, stored));
}

async function deleteRule(context: ArmContext): Promise<ArmAnswer> {
  const found = await context.state.resources.get(context.path);
  if (!found) return noContent;
  checkConditions(context, found);
  await context.state.resources.delete(found.id);
  await context.state.documents("logRuleReach").delete(ruleKey(found.id));
  return { status: 200 };
}
