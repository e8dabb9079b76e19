// What a template makes, in a form in which those of two languages can be compared.
import type { Scope } from "./world.ts";

export type Plain = Record<string, unknown>;

/** A resource with every expression worked out. */
export interface MadeResource {
  id: string;
  type: string;
  apiVersion: string;
  /** All that the template says of it besides. */
  body: Plain;
  /** Ids of what is made before it, of this template. */
  after: string[];
  /** What a nested template makes. */
  nested?: Made & { scope: Scope; parameters: Plain };
}

export interface Made {
  resources: MadeResource[];
  outputs: Plain;
}

/** `after` with everything that those come after, so that a shorter list that says the same is equal. */
export function closeOver(resources: readonly MadeResource[]): MadeResource[] {
  const direct = new Map(resources.map(({ id, after }) => [id, after]));
  const reach = (id: string, seen: Set<string>): Set<string> => {
    for (const next of direct.get(id) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      reach(next, seen);
    }
    return seen;
  };
  return resources
    .map((resource) => ({
      ...resource,
      after: [...reach(resource.id, new Set())].toSorted((a, b) => (a < b ? -1 : 1)),
      ...(resource.nested && {
        nested: { ...resource.nested, resources: closeOver(resource.nested.resources) },
      }),
    }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** The resources of a template and of those inside it. */
export const flatten = (resources: readonly MadeResource[]): MadeResource[] =>
  resources.flatMap((one) => (one.nested ? [one, ...flatten(one.nested.resources)] : [one]));
