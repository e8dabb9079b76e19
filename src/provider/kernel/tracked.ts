import { canonicalLocation, tagsRequest } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import type { StoredResource } from "../../state/state.ts";
import { checkConditions, findResource } from "./answers.ts";
import type { ArmContext } from "./arm-request.ts";
import { parseContent } from "./request-body.ts";

/** PATCH of a resource that has a location and tags: its tags are replaced, and nothing else. */
export async function patchTags(context: ArmContext): Promise<StoredResource> {
  const found = await findResource(context, context.path);
  checkConditions(context, found);
  const { tags } = parseContent(tagsRequest, context.body);
  const body = { ...found.body, tags: tags ?? {} };
  return context.state.resources.put({ ...found, body }, { ifMatch: found.etag });
}

export const sameLocation = (a: unknown, b: string): boolean =>
  canonicalLocation(String(a)) === canonicalLocation(b);

/** A resource stays in its region: throws when it is there in another one than `location`. */
export function checkStays(before: StoredResource | null, location: string): void {
  if (!before || sameLocation(before.body["location"], location)) return;
  throw new NightcapError(
    "InvalidResourceLocation",
    `The resource '${before.id}' already exists in location '${String(before.body["location"])}'. A resource with the same name cannot be created in location '${location}'.`,
  );
}
