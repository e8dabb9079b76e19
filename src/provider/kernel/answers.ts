import type { StoredResource } from "../../state/state.ts";
import { parseResourceId } from "../../arm/resource-id.ts";
import { NightcapError } from "../../common/errors.ts";
import type { ArmAnswer, ArmContext } from "./arm-request.ts";

/** Resources on one page of a list; the next page is behind `nextLink`. */
const pageSizeMax = 1_000;
/** Resources looked at for one page, of which some may not be shown. */
const scanCountMax = 10_000;

export const noContent: ArmAnswer = { status: 204 };

/** The resource as its client sees it. Microsoft.Network says the etag in the body too. */
export function resourceBody(resource: StoredResource): Record<string, unknown> {
  const { name } = parseResourceId(resource.id);
  const etag = /^microsoft\.network\//i.test(resource.type) ? { etag: resource.etag } : {};
  return { id: resource.id, name, type: resource.type, ...etag, ...resource.body };
}

export function resourceAnswer(status: number, resource: StoredResource): ArmAnswer {
  return { status, body: resourceBody(resource), headers: { etag: resource.etag } };
}

/** The resource at `id`; throws `ResourceNotFound` in Azure's words. */
export async function findResource(
  { state }: Pick<ArmContext, "state">,
  id: string,
): Promise<StoredResource> {
  const found = await state.resources.get(id);
  if (found) return found;
  throw resourceNotFound(id);
}

export function resourceNotFound(id: string): NightcapError {
  const { type, names, resourceGroupName } = parseResourceId(id);
  const [provider = "", ...types] = type.split("/");
  const what = [provider, ...types.map((part, index) => `${part}/${names[index]}`)].join("/");
  const where = resourceGroupName === null ? "" : ` under resource group '${resourceGroupName}'`;
  return new NightcapError("ResourceNotFound", `The Resource '${what}'${where} was not found.`);
}

export interface ListQuery {
  scope: string;
  /** Of every type unless told. */
  type?: string;
  /** Not those of these types: children that there are many of. */
  exceptTypes?: readonly string[];
  /** Only those for which this is true. */
  where?(resource: StoredResource): boolean;
}

/**
 * A page of the resources below `scope` that the caller may read: `$top`, `$skipToken` and `nextLink`
 * as Azure has them. `show` changes those of a page before they are shown.
 */
export async function listAnswer(
  context: ArmContext,
  query: ListQuery,
  show: (page: readonly StoredResource[]) => Promise<readonly StoredResource[]> = async (page) =>
    page,
): Promise<ArmAnswer> {
  const { resources, nextLink } = await listPage(context, query);
  const page = await show(resources);
  return { status: 200, body: { value: page.map(resourceBody), ...nextLink } };
}

/** The resources of a page, and the link to the next one when there is more. */
export async function listPage(
  context: ArmContext,
  query: ListQuery,
): Promise<{ resources: StoredResource[]; nextLink: { nextLink?: string } }> {
  const { scope, type, exceptTypes = [] } = query;
  const fits = (resource: StoredResource): boolean => query.where?.(resource) ?? true;
  const top = readTop(context.query);
  const resources: StoredResource[] = [];
  let after = readSkipToken(context.query);
  // What is looked at for one page is bounded: then a page may be short, and goes on behind its link.
  for (let scanned = 0; scanned < scanCountMax;) {
    const limit = top + 1;
    const batch = await context.state.resources.list({
      scope,
      exceptTypes,
      ...(type === undefined ? {} : { type }),
      ...(after === null ? {} : { after }),
      limit,
    });
    for (const resource of batch) {
      if (!context.permit.shows(resource) || !fits(resource)) continue;
      if (resources.length === top) return { resources, nextLink: nextLinkTo(context, resources) };
      resources.push(resource);
    }
    after = batch.at(-1)?.id ?? after;
    scanned += batch.length;
    if (batch.length < limit || after === null) return { resources, nextLink: {} };
  }
  return { resources, nextLink: after === null ? {} : { nextLink: nextPage(context, after) } };
}

function nextLinkTo(context: ArmContext, page: readonly StoredResource[]): { nextLink?: string } {
  const last = page.at(-1);
  return last ? { nextLink: nextPage(context, last.id) } : {};
}

/** The condition headers as the state takes them; `If-Match: *` is for the caller to check. */
export function writeCondition(context: ArmContext): { ifMatch?: string; ifNoneMatch?: true } {
  const { ifMatch, ifNoneMatch } = context;
  return {
    ...(ifMatch === null || ifMatch === "*" ? {} : { ifMatch }),
    ...(ifNoneMatch === "*" ? { ifNoneMatch: true as const } : {}),
  };
}

/** Throws `PreconditionFailed` when the request's conditions do not hold for what is stored. */
export function checkConditions(context: ArmContext, stored: StoredResource | null): void {
  const { ifMatch, ifNoneMatch } = context;
  const etag = stored?.etag ?? null;
  const matches = ifMatch === null || (ifMatch === "*" ? etag !== null : ifMatch === etag);
  const absent =
    ifNoneMatch === null || (ifNoneMatch === "*" ? etag === null : ifNoneMatch !== etag);
  if (matches && absent) return;
  const header = matches ? `If-None-Match: ${ifNoneMatch}` : `If-Match: ${ifMatch}`;
  throw new NightcapError(
    "PreconditionFailed",
    `condition ${header} does not hold for ${context.path}: its etag is ${etag ?? "(not there)"}`,
  );
}

function readTop(query: URLSearchParams): number {
  const text = query.get("$top");
  if (text === null) return pageSizeMax;
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) {
    throw new NightcapError(
      "InvalidParameter",
      `$top "${text.slice(0, 40)}" is not allowed: a whole number from 1 expected`,
    );
  }
  return Math.min(Number(text), pageSizeMax);
}

/** What `nextPage` put into the link; null for a first page. */
export function readSkipToken(query: URLSearchParams): string | null {
  const text = query.get("$skipToken") ?? query.get("$skiptoken");
  if (text === null) return null;
  const id = Buffer.from(text, "base64url").toString("utf8");
  if (id.startsWith("/")) return id;
  throw new NightcapError(
    "InvalidParameter",
    `$skipToken "${text.slice(0, 80)}" was not made here`,
  );
}

/** The same request, going on behind `lastId`, which begins with a slash. */
export function nextPage(context: ArmContext, lastId: string): string {
  const query = new URLSearchParams(context.query);
  query.delete("$skiptoken");
  query.set("$skipToken", Buffer.from(lastId).toString("base64url"));
  return `${context.baseUrl}${context.path}?${query.toString()}`;
}

/** The subscription or the resource group that a list is of. */
export function scopeOf(context: ArmContext): string {
  const segments = context.path.split("/");
  const at = segments.findIndex((segment) => segment.toLowerCase() === "providers");
  return segments.slice(0, at).join("/");
}
