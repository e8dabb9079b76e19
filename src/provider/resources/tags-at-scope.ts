import { z } from "zod";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { tags } from "../../arm/tracked-resource.ts";
import type { StoredResource } from "../../state/state.ts";
import { checkConditions, findResource } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";

const type = "Microsoft.Resources/tags";
const path = "/{+scope}/providers/Microsoft.Resources/tags/default";

const properties = z.object({ tags: z.preprocess((value) => value ?? {}, tags) });
/** Enumerations of Azure are compared in any case. */
const tagChanges = ["Merge", "Replace", "Delete"] as const;

const putRequest = z.object({ properties });
const patchRequest = z.object({
  operation: z.preprocess(
    (value) => tagChanges.find((each) => each.toLowerCase() === String(value).toLowerCase()),
    z.enum(tagChanges, `${tagChanges.join(", ")} expected`),
  ),
  properties,
});

/** The tags of a subscription, a group or a resource, as a resource of their own (`az tag`). */
export function tagOperations(): Operation[] {
  const common = { path, apiVersions: apiVersionsOf(type) };
  return [
    {
      ...common,
      method: "GET",
      action: `${type}/read`,
      handle: async (context) => show(await target(context)),
    },
    { ...common, method: "PUT", action: `${type}/write`, handle: putTags },
    { ...common, method: "PATCH", action: `${type}/write`, handle: patchTags },
    {
      ...common,
      method: "DELETE",
      action: `${type}/delete`,
      async handle(context) {
        await write(context, () => ({}));
        return { status: 200 };
      },
    },
  ];
}

const target = (context: ArmContext): Promise<StoredResource> =>
  findResource(context, context.param("scope"));

async function putTags(context: ArmContext): Promise<ArmAnswer> {
  const request = parseContent(putRequest, context.body);
  return show(await write(context, () => request.properties.tags));
}

async function patchTags(context: ArmContext): Promise<ArmAnswer> {
  const { operation, properties: wanted } = parseContent(patchRequest, context.body);
  return show(
    await write(context, (before) => {
      if (operation === "Replace") return wanted.tags;
      if (operation === "Merge") return parseContent(tags, merge(before, wanted.tags));
      return remove(before, wanted.tags);
    }),
  );
}

type Tags = Record<string, string>;

async function write(context: ArmContext, change: (before: Tags) => Tags): Promise<StoredResource> {
  const found = await target(context);
  checkConditions(context, found);
  const body = { ...found.body, tags: change(tagsOf(found)) };
  return context.state.resources.put({ ...found, body }, { ifMatch: found.etag });
}

/** Names are one in any case; what was there keeps its spelling. */
const nameIn = (names: Tags, name: string): string =>
  Object.keys(names).find((each) => each.toLowerCase() === name.toLowerCase()) ?? name;

function merge(before: Tags, wanted: Tags): Tags {
  const renamed = Object.entries(wanted).map(([name, value]) => [nameIn(before, name), value]);
  return { ...before, ...(Object.fromEntries(renamed) as Tags) };
}

/** A tag goes when both its name and its value are named, as Azure has it. */
function remove(before: Tags, wanted: Tags): Tags {
  const left = Object.entries(before).filter(
    ([name, value]) => wanted[nameIn(wanted, name)] !== value,
  );
  return Object.fromEntries(left);
}

const tagsOf = ({ body }: StoredResource): Tags => (body["tags"] ?? {}) as Tags;

const show = (resource: StoredResource): ArmAnswer => ({
  status: 200,
  body: {
    id: `${resource.id}/providers/${type}/default`,
    name: "default",
    type,
    properties: { tags: tagsOf(resource) },
  },
});
