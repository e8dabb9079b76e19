import { z } from "zod";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { NightcapError } from "../../common/errors.ts";
import { queryTextCharactersMax } from "../../query/query-limits.ts";
import type { State, StoredResource } from "../../state/state.ts";
import {
  checkConditions,
  findResource,
  listPage,
  noContent,
  resourceBody,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";

export const savedSearchType = "Microsoft.OperationalInsights/workspaces/savedSearches";

/** Of one workspace. */
const savedSearchCountMax = 1_000;
const idLengthMax = 260;
const tagCountMax = 15;
const shortText = z.string().max(260);

/** What a client may say of a query that is kept; null is as good as nothing. */
const savedSearchRequest = z.object({
  /** That of the one that is replaced, or "*" for whichever there is. */
  etag: z.string().max(200).nullish(),
  properties: z.object({
    category: shortText.min(1),
    displayName: shortText.min(1),
    query: z.string().min(1).max(queryTextCharactersMax),
    functionAlias: shortText.nullish(),
    functionParameters: z.string().max(2_000).nullish(),
    version: z.int().min(1).max(2).nullish(),
    tags: z
      .array(z.object({ name: shortText.min(1), value: shortText }))
      .max(tagCountMax)
      .nullish(),
  }),
});

/** Queries that are kept in a workspace (https://learn.microsoft.com/rest/api/loganalytics/saved-searches). */
export function savedSearchOperations(workspacePath: string): Operation[] {
  const apiVersions = apiVersionsOf(savedSearchType);
  const list = `${workspacePath}/savedSearches`;
  const path = `${list}/{savedSearchId}`;
  const read = { method: "GET" as const, action: `${savedSearchType}/read`, apiVersions };
  return [
    { ...read, path: list, handle: listSavedSearches },
    {
      ...read,
      path,
      handle: async (context) => answerOf(await findResource(context, context.path)),
    },
    {
      method: "PUT",
      path,
      action: `${savedSearchType}/write`,
      apiVersions,
      handle: putSavedSearch,
    },
    {
      method: "DELETE",
      path,
      action: `${savedSearchType}/delete`,
      apiVersions,
      handle: deleteSavedSearch,
    },
  ];
}

/** Azure has the etag of a saved search in its body. */
const bodyOf = (resource: StoredResource): Record<string, unknown> => ({
  ...resourceBody(resource),
  etag: resource.etag,
});

const answerOf = (resource: StoredResource): ArmAnswer => ({
  status: 200,
  body: bodyOf(resource),
  headers: { etag: resource.etag },
});

const workspaceIdOf = (path: string): string =>
  path.slice(0, path.toLowerCase().lastIndexOf("/savedsearches"));

async function listSavedSearches(context: ArmContext): Promise<ArmAnswer> {
  const workspace = await findResource(context, workspaceIdOf(context.path));
  const { resources, nextLink } = await listPage(context, {
    scope: workspace.id,
    type: savedSearchType,
  });
  return { status: 200, body: { value: resources.map(bodyOf), ...nextLink } };
}

/** Made and replaced alike with 200, as Azure answers. */
async function putSavedSearch(context: ArmContext): Promise<ArmAnswer> {
  const id = context.param("savedSearchId");
  if (id.length > idLengthMax)
    throw new NightcapError(
      "InvalidParameter",
      `saved search id is over ${idLengthMax} characters`,
    );
  const { etag, properties } = parseContent(savedSearchRequest, context.body);
  const said = Object.entries(properties).filter(([, value]) => value !== null);
  const body = { properties: { version: 2, ...Object.fromEntries(said) } };
  const stored = await context.state.transact(async (inside) => {
    const workspace = await findResource({ state: inside }, workspaceIdOf(context.path));
    const before = await inside.resources.get(context.path);
    checkConditions(context, before);
    checkEtag(etag ?? "*", before);
    if (!before) await checkCount(inside, workspace.id);
    const resource = { id: before?.id ?? context.path, type: savedSearchType, body };
    return inside.resources.put(resource, before ? { ifMatch: before.etag } : {});
  });
  return answerOf(stored);
}

function checkEtag(etag: string, before: StoredResource | null): void {
  if (etag === "*" || etag === before?.etag) return;
  const message = `the saved search has another etag than "${etag.slice(0, 80)}"`;
  throw new NightcapError("PreconditionFailed", message);
}

async function checkCount(state: State, workspaceId: string): Promise<void> {
  const limit = savedSearchCountMax;
  const found = await state.resources.list({ scope: workspaceId, type: savedSearchType, limit });
  if (found.length < limit) return;
  throw new NightcapError("InvalidRequest", `a workspace has at most ${limit} saved searches`);
}

async function deleteSavedSearch(context: ArmContext): Promise<ArmAnswer> {
  const found = await context.state.resources.get(context.path);
  if (!found) return noContent;
  checkConditions(context, found);
  await context.state.resources.delete(found.id);
  return { status: 200 };
}

/** With a workspace its saved searches go. */
export async function deleteSavedSearchesOf(state: State, workspaceId: string): Promise<void> {
  const found = await state.resources.list({ scope: workspaceId, type: savedSearchType });
  for (const { id } of found) await state.resources.delete(id);
}
