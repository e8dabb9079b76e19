import type { Method, Operation } from "./arm-request.ts";

interface Route {
  operation: Operation;
  /** Literal segments in lower case; a parameter is its name with braces. */
  segments: readonly string[];
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
  const bySize = Map.groupBy(operations.map(readRoute), ({ segments }) => segments.length);
  return {
    find(method, segments) {
      const matches = (bySize.get(segments.length) ?? [])
        .filter((route) => fits(route, segments))
        .sort((a, b) => literalCount(b) - literalCount(a));
      const best = matches.filter((route) => literalCount(route) === literalCount(matches[0]));
      const found = best.find(({ operation }) => operation.method === method);
      if (!found) return { methods: best.map(({ operation }) => operation.method) };
      return { operation: found.operation, params: readParams(found, segments) };
    },
  };
}

function readRoute(operation: Operation): Route {
  const segments = operation.path.slice(1).split("/");
  return {
    operation,
    segments: segments.map((part) => (isParameter(part) ? part : part.toLowerCase())),
  };
}

const isParameter = (segment: string): boolean => segment.startsWith("{");

const literalCount = (route: Route | undefined): number =>
  route?.segments.filter((segment) => !isParameter(segment)).length ?? 0;

const fits = (route: Route, segments: readonly string[]): boolean =>
  route.segments.every(
    (part, index) => isParameter(part) || part === segments[index]?.toLowerCase(),
  );

function readParams(route: Route, segments: readonly string[]): Map<string, string> {
  const params = new Map<string, string>();
  for (const [index, part] of route.segments.entries()) {
    if (isParameter(part)) params.set(part.slice(1, -1), segments[index] ?? "");
  }
  return params;
}
