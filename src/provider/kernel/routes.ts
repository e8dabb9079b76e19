import type { Method, Operation } from "./arm-request.ts";

/** The first segment of a path that may be below anything. */
const anyScope = "{+scope}";

interface Route {
  operation: Operation;
  /** Literal segments in lower case; a parameter is its name with braces. Without `{+scope}`. */
  segments: readonly string[];
  hasScope: boolean;
}

export interface RouteMatch {
  operation: Operation;
  params: ReadonlyMap<string, string>;
}

export interface RouteTable {
  /** The operation for this request, or the methods that the path has, which may be none. */
  find(method: string, segments: readonly string[]): RouteMatch | { methods: readonly Method[] };
}

/** Routes by number of segments; among those that match, the one with most literal segments wins. */
export function createRouteTable(operations: readonly Operation[]): RouteTable {
  const [scoped, exact] = split(operations.map(readRoute));
  const bySize = Map.groupBy(exact, ({ segments }) => segments.length);
  return {
    find(method, segments) {
      const matches = [...(bySize.get(segments.length) ?? []), ...scoped]
        .filter((route) => fits(route, segments))
        .sort((a, b) => literalCount(b) - literalCount(a));
      const best = matches.filter((route) => literalCount(route) === literalCount(matches[0]));
      const found = best.find(({ operation }) => operation.method === method);
      if (found) return { operation: found.operation, params: readParams(found, segments) };
      return method === "HEAD" ? findHead(best, segments) : { methods: methodsOf(best) };
    },
  };
}

const methodsOf = (routes: readonly Route[]): Method[] =>
  routes.map(({ operation }) => operation.method);

/** Azure answers HEAD of any resource: 204 when it is there. */
function findHead(
  best: readonly Route[],
  segments: readonly string[],
): ReturnType<RouteTable["find"]> {
  const get = best.find(({ operation }) => operation.method === "GET");
  if (!get || !get.operation.path.endsWith("}")) return { methods: methodsOf(best) };
  const operation: Operation = {
    ...get.operation,
    method: "HEAD",
    async handle(context) {
      await get.operation.handle(context);
      return { status: 204 };
    },
  };
  return { operation, params: readParams(get, segments) };
}

function split(routes: readonly Route[]): [Route[], Route[]] {
  const { scoped = [], exact = [] } = Object.groupBy(routes, ({ hasScope }) =>
    hasScope ? "scoped" : "exact",
  );
  return [scoped, exact];
}

function readRoute(operation: Operation): Route {
  const [first = "", ...rest] = operation.path.slice(1).split("/");
  const hasScope = first === anyScope;
  const segments = hasScope ? rest : [first, ...rest];
  return {
    operation,
    hasScope,
    segments: segments.map((part) => (isParameter(part) ? part : part.toLowerCase())),
  };
}

const isParameter = (segment: string): boolean => segment.startsWith("{");

const literalCount = (route: Route | undefined): number =>
  route?.segments.filter((segment) => !isParameter(segment)).length ?? 0;

function fits({ segments: parts, hasScope }: Route, segments: readonly string[]): boolean {
  const skipped = segments.length - parts.length;
  if (hasScope ? !isScope(segments, skipped) : skipped !== 0) return false;
  return parts.every(
    (part, index) => isParameter(part) || part === segments[skipped + index]?.toLowerCase(),
  );
}

/** The root, or something in a subscription. */
function isScope(segments: readonly string[], count: number): boolean {
  if (count === 0) return true;
  return count >= 2 && segments[0]?.toLowerCase() === "subscriptions";
}

function readParams({ segments: parts, hasScope }: Route, segments: readonly string[]) {
  const params = new Map<string, string>();
  const skipped = segments.length - parts.length;
  for (const [index, part] of parts.entries()) {
    if (isParameter(part)) params.set(part.slice(1, -1), segments[skipped + index] ?? "");
  }
  if (hasScope) readScope(params, segments.slice(0, skipped));
  return params;
}

/** The scope itself, and what it is in, under the names that other paths have for them. */
function readScope(params: Map<string, string>, scope: readonly string[]): void {
  params.set("scope", scope.length === 0 ? "/" : `/${scope.join("/")}`);
  if (scope[1] !== undefined) params.set("subscriptionId", scope[1]);
  const group = scope[2]?.toLowerCase() === "resourcegroups" ? scope[3] : undefined;
  if (group !== undefined) params.set("resourceGroupName", group);
}
