import type { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import { parseContent, readJson } from "../../provider/kernel/request-body.ts";
import type { ApiRoute, Asking } from "./route.ts";

const shownLengthMax = 80;
/** Routes that a refusal names. */
const namedCountMax = 12;

export type Router = (request: Request, asking: Asking) => Promise<Response | null>;

interface Found {
  route: ApiRoute;
  params: Record<string, string>;
}

/** Answers by the route that a request is of; null where there is none of its path. */
export function createRouter(routes: readonly ApiRoute[]): Router {
  const matchers = routes
    .filter(({ answer }) => answer !== null)
    .map((route) => ({ route, match: matcherOf(route) }));
  return async (request, asking) => {
    const { pathname } = requestUrl(request);
    const methods: string[] = [];
    for (const { route, match } of matchers) {
      const params = match(pathname);
      if (params && route.description.method === request.method)
        return answerBy({ route, params }, request, asking);
      if (params) methods.push(route.description.method);
    }
    if (methods.length === 0) return null;
    const shown = `${request.method} of ${pathname.slice(0, shownLengthMax)}`;
    throw new NightcapError("MethodNotAllowed", `${shown}; there is ${methods.join(", ")}`);
  };
}

/** The fixed parts before the named ones: `/blocks/settings` is not the block "settings". */
export const inOrder = (routes: readonly ApiRoute[]): ApiRoute[] =>
  routes.toSorted((a, b) => countNames(a) - countNames(b));

const countNames = ({ description }: ApiRoute): number => description.path.split("{").length;

function matcherOf({ description }: ApiRoute): (path: string) => Record<string, string> | null {
  const names = Array.from(description.path.matchAll(/\{(\w+)\}/g), (match) => match[1] ?? "");
  const pattern = description.path.replaceAll(/\{\w+\}|[.*+?^$|()[\]\\]/g, (part) =>
    part.startsWith("{") ? "([^/]+)" : `\\${part}`,
  );
  const whole = new RegExp(`^${pattern}$`);
  return (path) => {
    const found = whole.exec(path);
    if (!found) return null;
    return Object.fromEntries(names.map((name, at) => [name, decode(found[at + 1] ?? "")]));
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const shown = text.slice(0, shownLengthMax);
    throw new NightcapError("InvalidParameter", `"${shown}" is not percent-encoded UTF-8`, {
      cause,
    });
  }
}

async function answerBy(
  { route, params }: Found,
  request: Request,
  asking: Asking,
): Promise<Response | null> {
  const { description } = route;
  const query = description.query && parseQuery(description.query, request);
  const body = description.body && parseContent(description.body, await readJson(request));
  const answered = await route.answer?.({ ...asking, params, query, body, request });
  if (answered === undefined || answered instanceof Response) return answered ?? null;
  const { status, headers = {} } = answered;
  if (answered.body === undefined) return new Response(null, { status, headers });
  return jsonResponse(status, answered.body, headers);
}

function parseQuery(schema: z.ZodType, request: Request): unknown {
  const { data, error } = schema.safeParse(queryOf(request));
  const issue = error?.issues[0];
  if (!issue) return data;
  const name = issue.path.join(".").slice(0, shownLengthMax);
  throw new NightcapError("InvalidParameter", `parameter "${name}": ${issue.message}`);
}

function queryOf(request: Request): Record<string, string | string[]> {
  const { searchParams } = requestUrl(request);
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const values = searchParams.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

/** For a request that no route answers: the routes about the same thing, or else what there is at all. */
export function noSuchRoute(routes: readonly ApiRoute[], request: Request): NightcapError {
  const { pathname } = requestUrl(request);
  const shown = `${request.method} ${pathname.slice(0, shownLengthMax)}`;
  const near = routes.filter(({ description }) => nounOf(description.path) === nounOf(pathname));
  const lines = near.map(({ description: { method, path } }) => `${method} ${path}`);
  const nouns = [...new Set(routes.map(({ description }) => nounOf(description.path)))];
  const there = lines.length > 0 ? lines.slice(0, namedCountMax) : nouns.toSorted();
  return new NightcapError(
    "NotImplemented",
    `not supported: ${shown}; there are ${there.join(", ")}`,
  );
}

/** `/nightcap/v1/hosts/web-1` is about `hosts`. */
const nounOf = (path: string): string =>
  path.split("/").find((part, at) => at > 1 && !/^v\d+$/.test(part)) ?? "";
