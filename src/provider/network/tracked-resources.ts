import { apiVersionsOf } from "../../arm/api-version.ts";
import { checkResourceName, subscriptionOf } from "../../arm/resource-id.ts";
import { regionOf } from "../../arm/tracked-resource.ts";
import type { State, StoredResource } from "../../state/state.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceAnswer,
  scopeOf,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { checkStays, patchTags } from "../kernel/tracked.ts";
import { deleteFlowLogsOf } from "./flow-log-store.ts";

interface TrackedBody extends Record<string, unknown> {
  location: string;
}

/** A kind of resource that is a document with a location and tags, and a possible target of flow logs. */
export interface TrackedKind {
  readonly type: string;
  /** The parameter of the path that names one. */
  readonly parameter: string;
  /** How errors call one. */
  readonly noun: string;
  /** The document for a PUT's body; throws for what may not be in it. */
  read(state: State, body: unknown, before: StoredResource | null): Promise<TrackedBody>;
  /** Looks up once what clients see of all resources of a subscription, and then shows each. */
  view(state: State, subscription: string): Promise<(resource: StoredResource) => StoredResource>;
  /** Throws when others need it. */
  checkUnused?(state: State, resource: StoredResource): Promise<void>;
}

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";

/** List in a subscription and in a group, GET, PUT, PATCH of tags and DELETE. */
export function trackedOperations(kind: TrackedKind, served: string): Operation[] {
  const { type } = kind;
  const apiVersions = apiVersionsOf(type);
  const collection = `providers/${type}`;
  const path = trackedPath(kind);
  const read = { method: "GET" as const, action: `${type}/read`, apiVersions };
  const write = { path, action: `${type}/write`, apiVersions };
  const list = (context: ArmContext): Promise<ArmAnswer> => listTracked(kind, context);
  return [
    { ...read, path: `/subscriptions/{subscriptionId}/${collection}`, handle: list },
    { ...read, path: `${group}/${collection}`, handle: list },
    { ...read, path, handle: (context) => getTracked(kind, context) },
    { ...write, method: "PUT", handle: (context) => putTracked(kind, context, served) },
    { ...write, method: "PATCH", handle: (context) => patchTracked(kind, context) },
    {
      method: "DELETE",
      path,
      action: `${type}/delete`,
      apiVersions,
      handle: (context) => deleteTracked(kind, context),
    },
  ];
}

/** The path of one resource, below which its children are. */
export const trackedPath = ({ type, parameter }: TrackedKind): string =>
  `${group}/providers/${type}/{${parameter}}`;

async function answer(
  kind: TrackedKind,
  { state }: ArmContext,
  { status, resource }: { status: number; resource: StoredResource },
): Promise<ArmAnswer> {
  const show = await kind.view(state, subscriptionOf(resource.id));
  return resourceAnswer(status, show(resource));
}

async function getTracked(kind: TrackedKind, context: ArmContext): Promise<ArmAnswer> {
  const resource = await findResource(context, context.path);
  return answer(kind, context, { status: 200, resource });
}

async function listTracked(kind: TrackedKind, context: ArmContext): Promise<ArmAnswer> {
  const show = await kind.view(context.state, `/subscriptions/${context.param("subscriptionId")}`);
  const query = { scope: scopeOf(context), type: kind.type };
  return listAnswer(context, query, async (page) => page.map(show));
}

async function putTracked(
  kind: TrackedKind,
  context: ArmContext,
  served: string,
): Promise<ArmAnswer> {
  checkResourceName(context.param(kind.parameter), kind.noun);
  const resource = await context.state.transact(async (inside) => {
    const before = await inside.resources.get(context.path);
    checkConditions(context, before);
    const read = await kind.read(inside, context.body, before);
    const body = { ...read, location: regionOf(read.location, served) };
    checkStays(before, body.location);
    return inside.resources.put({ id: context.path, type: kind.type, body });
  });
  return answer(kind, context, { status: resource.created ? 201 : 200, resource });
}

async function patchTracked(kind: TrackedKind, context: ArmContext): Promise<ArmAnswer> {
  return answer(kind, context, { status: 200, resource: await patchTags(context) });
}

async function deleteTracked(kind: TrackedKind, context: ArmContext): Promise<ArmAnswer> {
  return context.state.transact(async (inside) => {
    const found = await inside.resources.get(context.path);
    if (!found) return noContent;
    checkConditions(context, found);
    await kind.checkUnused?.(inside, found);
    await inside.resources.delete(found.id);
    await deleteFlowLogsOf(inside, found.id);
    return noContent;
  });
}
