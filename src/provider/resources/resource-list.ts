import { apiVersionsOf } from "../../arm/api-version.ts";
import { parseFilter } from "../../arm/odata-filter.ts";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { StoredResource } from "../../state/state.ts";
import { packetCaptureType } from "../captures/capture-create.ts";
import { listPage, resourceBody } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { filterResources } from "./resource-filter.ts";

const subscriptionPath = "/subscriptions/{subscriptionId}";
/** What a list shows of a resource; the rest is for the resource's own provider to say. */
const shown = ["id", "name", "type", "location", "tags", "kind", "sku", "managedBy", "identity"];
const expansions = ["createdTime", "changedTime", "provisioningState"];

/** Every resource of a subscription or a group that the caller may read. */
export function resourceListOperations(): Operation[] {
  const common = {
    method: "GET" as const,
    reach: "members" as const,
    apiVersions: apiVersionsOf("Microsoft.Resources/resources"),
  };
  return [
    {
      ...common,
      path: `${subscriptionPath}/resources`,
      action: "Microsoft.Resources/subscriptions/resources/read",
      handle: listResources,
    },
    {
      ...common,
      path: `${subscriptionPath}/resourceGroups/{resourceGroupName}/resources`,
      action: "Microsoft.Resources/subscriptions/resourcegroups/resources/read",
      handle: listResources,
    },
  ];
}

async function listResources(context: ArmContext): Promise<ArmAnswer> {
  const expand = readExpand(context.query.get("$expand"));
  const matches = filterResources(parseFilter(context.query.get("$filter")), "resources");
  const { resources, nextLink } = await listPage(context, {
    scope: context.path.slice(0, context.path.lastIndexOf("/")),
    exceptTypes: [packetCaptureType],
    where: (resource) => isTracked(resource) && matches(resource),
  });
  const value = resources.map((resource) => view(resource, expand));
  return { status: 200, body: { value, ...nextLink } };
}

/** Those with a place: groups and children without one of their own, such as captures, are in no such list. */
const isTracked = ({ id, body }: StoredResource): boolean =>
  typeof body["location"] === "string" && /\/providers\//i.test(id);

function view(resource: StoredResource, expand: ReadonlySet<string>): Record<string, unknown> {
  const body = resourceBody(resource);
  const properties = resource.body["properties"] as { provisioningState?: string } | undefined;
  const more: Record<string, unknown> = {
    createdTime: isoTime(resource.createdAt),
    changedTime: isoTime(resource.changedAt),
    provisioningState: properties?.provisioningState ?? "Succeeded",
  };
  const kept = shown.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]);
  const expanded = expansions.filter((name) => expand.has(name)).map((name) => [name, more[name]]);
  return Object.fromEntries([...kept, ...expanded]) as Record<string, unknown>;
}

function readExpand(text: string | null): ReadonlySet<string> {
  const wanted = (text ?? "").split(",").map((part) => part.trim());
  const found = wanted
    .filter((part) => part !== "")
    .map((part) => {
      const name = expansions.find((each) => each.toLowerCase() === part.toLowerCase());
      if (name !== undefined) return name;
      throw new NightcapError(
        "InvalidParameter",
        `$expand "${part.slice(0, 40)}" is not supported here: ${expansions.join(", ")} expected`,
      );
    });
  return new Set(found);
}
