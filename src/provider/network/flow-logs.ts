import { apiVersionsOf } from "../../arm/api-version.ts";
import {
  configureFlowLogRequest,
  flowLogRequest,
  flowLogStatusRequest,
  flowLogType,
} from "../../arm/flow-log.ts";
import { checkResourceName, parseResourceId, sameId } from "../../arm/resource-id.ts";
import { tagsRequest } from "../../arm/tracked-resource.ts";
import type { State, StoredResource } from "../../state/state.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceAnswer,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { flowLogBody, type FlowLogBody } from "./flow-log-body.ts";
import { withoutNulls } from "./security-group-store.ts";

const watcher =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/networkWatchers/{networkWatcherName}";

/**
 * Microsoft.Network/networkWatchers/flowLogs: the resource, checked and kept. Nothing is recorded for
 * it yet, which each says in `properties.nightcap.recording`.
 */
export function flowLogOperations(): Operation[] {
  const apiVersions = apiVersionsOf(flowLogType);
  const action = (verb: string) => `${flowLogType}/${verb}`;
  const path = `${watcher}/flowLogs/{flowLogName}`;
  const read = { method: "GET" as const, action: action("read"), apiVersions };
  const post = (name: string, handle: Operation["handle"]): Operation => ({
    method: "POST",
    path: `${watcher}/${name}`,
    action: `Microsoft.Network/networkWatchers/${name}/action`,
    apiVersions,
    handle,
  });
  return [
    { ...read, path: `${watcher}/flowLogs`, handle: listFlowLogs },
    {
      ...read,
      path,
      handle: async (context) => resourceAnswer(200, await findResource(context, context.path)),
    },
    { method: "PUT", path, action: action("write"), apiVersions, handle: putFlowLog },
    { method: "PATCH", path, action: action("write"), apiVersions, handle: patchFlowLog },
    { method: "DELETE", path, action: action("delete"), apiVersions, handle: deleteFlowLog },
    post("configureFlowLog", configureFlowLog),
    post("queryFlowLogStatus", queryFlowLogStatus),
  ];
}

const parentOf = (path: string, levels: number): string =>
  path.split("/").slice(0, -levels).join("/");

async function listFlowLogs(context: ArmContext): Promise<ArmAnswer> {
  const scope = parentOf(context.path, 1);
  await findResource(context, scope);
  return listAnswer(context, { scope, type: flowLogType });
}

async function putFlowLog(context: ArmContext): Promise<ArmAnswer> {
  checkResourceName(context.param("flowLogName"), "flow log");
  const request = parseContent(flowLogRequest, withoutNulls(context.body));
  const stored = await context.state.transact(async (inside) => {
    const owner = await findResource({ state: inside }, parentOf(context.path, 2));
    checkConditions(context, await inside.resources.get(context.path));
    const body = await flowLogBody(inside, { request, watcher: owner, id: context.path });
    return inside.resources.put({ id: context.path, type: flowLogType, body });
  });
  return resourceAnswer(stored.created ? 201 : 200, stored);
}

async function patchFlowLog(context: ArmContext): Promise<ArmAnswer> {
  const found = await findResource(context, context.path);
  checkConditions(context, found);
  const { tags } = parseContent(tagsRequest, context.body);
  const body = { ...found.body, tags: tags ?? {} };
  return resourceAnswer(
    200,
    await context.state.resources.put({ ...found, body }, { ifMatch: found.etag }),
  );
}

async function deleteFlowLog(context: ArmContext): Promise<ArmAnswer> {
  const found = await context.state.resources.get(context.path);
  if (!found) return noContent;
  checkConditions(context, found);
  await context.state.resources.delete(found.id);
  return noContent;
}

/** The older way: a flow log is found by its target, and made under a name of the target's when there is none. */
async function configureFlowLog(context: ArmContext): Promise<ArmAnswer> {
  const request = parseContent(configureFlowLogRequest, withoutNulls(context.body));
  const { targetResourceId, flowAnalyticsConfiguration } = request;
  const target = parseResourceId(targetResourceId);
  const stored = await context.state.transact(async (inside) => {
    const owner = await findResource({ state: inside }, parentOf(context.path, 1));
    const before = await findByTarget(inside, owner, targetResourceId);
    const name = `${target.name}-${target.resourceGroupName ?? ""}-flowlog`.slice(0, 80);
    const id = before?.id ?? `${owner.id}/flowLogs/${name}`;
    const properties = {
      ...request.properties,
      targetResourceId,
      ...(flowAnalyticsConfiguration === undefined ? {} : { flowAnalyticsConfiguration }),
    };
    const tags = (before?.body["tags"] ?? {}) as Record<string, string>;
    const body = await flowLogBody(inside, { request: { properties, tags }, watcher: owner, id });
    return inside.resources.put({ id, type: flowLogType, body });
  });
  return { status: 200, body: information(stored) };
}

async function queryFlowLogStatus(context: ArmContext): Promise<ArmAnswer> {
  const owner = await findResource(context, parentOf(context.path, 1));
  const request = parseContent(flowLogStatusRequest, withoutNulls(context.body));
  const target = await findResource(context, request.targetResourceId);
  const found = await findByTarget(context.state, owner, target.id);
  if (found) return { status: 200, body: information(found) };
  const properties = { enabled: false, storageId: "" };
  return { status: 200, body: { targetResourceId: target.id, properties } };
}

async function findByTarget(
  state: State,
  owner: StoredResource,
  targetId: string,
): Promise<StoredResource | null> {
  const all = await state.resources.list({ scope: owner.id, type: flowLogType });
  return all.find(({ body }) => sameId(bodyOf(body).targetResourceId, targetId)) ?? null;
}

const bodyOf = (body: Record<string, unknown>): FlowLogBody["properties"] =>
  (body as FlowLogBody).properties;

/** Azure's FlowLogInformation. */
function information({ body }: Pick<StoredResource, "body">): Record<string, unknown> {
  const { targetResourceId, storageId, enabled, retentionPolicy, format, ...rest } = bodyOf(body);
  const { flowAnalyticsConfiguration } = rest;
  return {
    targetResourceId,
    properties: { storageId, enabled, retentionPolicy, format },
    ...(flowAnalyticsConfiguration === undefined ? {} : { flowAnalyticsConfiguration }),
  };
}
