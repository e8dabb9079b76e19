import { randomUUID } from "node:crypto";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { checkLocation } from "../../arm/tracked-resource.ts";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { StoredResource } from "../../state/state.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceBody,
  scopeOf,
  writeCondition,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { deleteSavedSearchesOf, savedSearchOperations } from "./saved-searches.ts";
import { workspaceBody, workspaceChange, workspaceRequest } from "./workspace-body.ts";

export const workspaceType = "Microsoft.OperationalInsights/workspaces";
const subscription = "/subscriptions/{subscriptionId}";
const group = `${subscription}/resourceGroups/{resourceGroupName}`;
/** Azure's rule: 4 to 63 letters, digits and hyphens, no hyphen at either end. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/;

/** Microsoft.OperationalInsights/workspaces: where flow logs say that their analytics goes. */
export function workspaceOperations(served: string): Operation[] {
  const apiVersions = apiVersionsOf(workspaceType);
  const action = (verb: string) => `${workspaceType}/${verb}`;
  const read = { method: "GET" as const, action: action("read"), apiVersions };
  const path = `${group}/providers/${workspaceType}/{workspaceName}`;
  const list = (context: ArmContext) =>
    listAnswer(context, { scope: scopeOf(context), type: workspaceType });
  const write = { action: action("write"), apiVersions, path };
  const deleted = {
    ...read,
    action: "Microsoft.OperationalInsights/deletedWorkspaces/read",
    // A workspace that is deleted is gone at once: there is none to recover.
    handle: async () => ({ status: 200, body: { value: [] } }),
  };
  return [
    { ...read, path: `${subscription}/providers/${workspaceType}`, handle: list },
    { ...read, path: `${group}/providers/${workspaceType}`, handle: list },
    {
      ...read,
      path,
      handle: async (context) => workspaceAnswer(200, await findResource(context, context.path)),
    },
    { ...write, method: "PUT", handle: (context) => putWorkspace(context, served) },
    { ...write, method: "PATCH", handle: patchWorkspace },
    { ...write, method: "DELETE", action: action("delete"), handle: deleteWorkspace },
    {
      ...deleted,
      path: `${subscription}/providers/Microsoft.OperationalInsights/deletedWorkspaces`,
    },
    { ...deleted, path: `${group}/providers/Microsoft.OperationalInsights/deletedWorkspaces` },
    ...savedSearchOperations(path),
  ];
}

/** Azure has the etag of a workspace in its body too. */
const workspaceAnswer = (status: number, resource: StoredResource): ArmAnswer => ({
  status,
  body: { ...resourceBody(resource), etag: resource.etag },
  headers: { etag: resource.etag },
});

async function putWorkspace(context: ArmContext, served: string): Promise<ArmAnswer> {
  const name = context.param("workspaceName");
  if (!namePattern.test(name)) {
    throw new NightcapError(
      "InvalidParameter",
      `workspace name "${name.slice(0, 100)}" is not valid: 4 to 63 letters, digits and "-", which is not at either end`,
    );
  }
  const request = parseContent(workspaceRequest, context.body);
  const location = checkLocation(request.location, served);
  const { state, path, clock } = context;
  const before = await state.resources.get(path);
  checkConditions(context, before);
  const now = clock.now();
  const { customerId, createdDate } = propertiesOf(before);
  const body = workspaceBody({ ...request, location }, request.properties ?? {}, {
    customerId: customerId ?? randomUUID(),
    createdDate: createdDate ?? isoTime(now),
    now,
  });
  const resource = { id: path, type: workspaceType, body };
  const stored = await state.resources.put(resource, writeCondition(context));
  return workspaceAnswer(stored.created ? 201 : 200, stored);
}

/** What is named is replaced, within `sku`, `features` and the cap too. */
async function patchWorkspace(context: ArmContext): Promise<ArmAnswer> {
  const found = await findResource(context, context.path);
  checkConditions(context, found);
  const change = parseContent(workspaceChange, context.body);
  const before = found.body as { location: string; tags: Record<string, string> };
  const properties = propertiesOf(found);
  const said = change.properties ?? {};
  const { customerId = "", createdDate = "" } = properties;
  const merged = {
    ...properties,
    ...said,
    sku: { ...properties.sku, ...said.sku },
    features: { ...properties.features, ...said.features },
    workspaceCapping: { ...properties.workspaceCapping, ...said.workspaceCapping },
  };
  const whole = parseContent(workspaceRequest, { ...before, properties: merged });
  const body = workspaceBody(
    { location: before.location, tags: change.tags ?? before.tags },
    whole.properties ?? {},
    { customerId, createdDate, now: context.clock.now() },
  );
  const stored = await context.state.resources.put({ ...found, body }, { ifMatch: found.etag });
  return workspaceAnswer(200, stored);
}

interface StoredProperties {
  customerId?: string;
  createdDate?: string;
  sku?: object;
  features?: object;
  workspaceCapping?: object;
}

const propertiesOf = (resource: StoredResource | null): StoredProperties =>
  resource?.body["properties"] ?? {};

async function deleteWorkspace(context: ArmContext): Promise<ArmAnswer> {
  return context.state.transact(async (inside) => {
    const found = await inside.resources.get(context.path);
    if (!found) return noContent;
    checkConditions(context, found);
    await deleteSavedSearchesOf(inside, found.id);
    await inside.resources.delete(found.id);
    return { status: 200 };
  });
}
