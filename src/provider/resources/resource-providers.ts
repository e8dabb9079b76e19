import { advertisedVersions, apiVersionsOf } from "../../arm/api-version.ts";
import { NightcapError } from "../../common/errors.ts";
import type { ArmContext, Operation } from "../kernel/arm-request.ts";

const subscriptionPath = "/subscriptions/{subscriptionId}";
const readAction = "Microsoft.Resources/subscriptions/providers/read";

type ResourceTypes = ReturnType<typeof advertisedVersions>;

interface Namespace {
  namespace: string;
  types: ResourceTypes;
}

/**
 * The resource providers that are here, with their types and versions, and the operations that each
 * has. All are registered and stay so.
 */
export function resourceProviderOperations(
  location: string,
  operations: () => readonly Operation[],
): Operation[] {
  const apiVersions = apiVersionsOf("Microsoft.Resources/providers");
  const read = { method: "GET" as const, action: readAction, apiVersions };
  const tenant = {
    ...read,
    action: "Microsoft.Resources/providers/read",
    reach: "anyone" as const,
  };
  const show = (context: ArmContext) => view(findNamespace(context), context, location);
  const list = async (context: ArmContext) => ({
    status: 200,
    body: { value: namespaces().map((each) => view(each, context, location)) },
  });
  const one = async (context: ArmContext) => ({ status: 200, body: show(context) });
  const registration = (verb: string, handle: Operation["handle"]): Operation => ({
    method: "POST",
    path: `${subscriptionPath}/providers/{namespace}/${verb}`,
    action: `Microsoft.Resources/subscriptions/providers/${verb}/action`,
    apiVersions,
    handle,
  });
  return [
    { ...read, path: `${subscriptionPath}/providers`, handle: list },
    { ...read, path: `${subscriptionPath}/providers/{namespace}`, handle: one },
    { ...tenant, path: "/providers", handle: list },
    { ...tenant, path: "/providers/{namespace}", handle: one },
    {
      ...tenant,
      path: "/providers/{namespace}/operations",
      async handle(context) {
        const { namespace } = findNamespace(context);
        return { status: 200, body: { value: describeActions(namespace, operations()) } };
      },
    },
    registration("register", one),
    registration("unregister", async (context) => {
      throw new NightcapError(
        "Conflict",
        `resource provider ${findNamespace(context).namespace} is part of Nightcap and cannot be unregistered`,
      );
    }),
  ];
}

const namespaces = (): Namespace[] =>
  Array.from(
    Map.groupBy(advertisedVersions(), ([type]) => type.split("/")[0] ?? ""),
    ([namespace, types]) => ({ namespace, types }),
  );

function findNamespace(context: ArmContext): Namespace {
  const wanted = context.param("namespace");
  const found = namespaces().find(
    ({ namespace }) => namespace.toLowerCase() === wanted.toLowerCase(),
  );
  if (found) return found;
  throw new NightcapError(
    "InvalidResourceNamespace",
    `The resource namespace '${wanted.slice(0, 100)}' is invalid.`,
  );
}

function view({ namespace, types }: Namespace, context: ArmContext, location: string) {
  const [, subscriptions = "", subscriptionId = ""] = context.path.split("/");
  const below = subscriptions.toLowerCase() === "subscriptions" ? subscriptionId : null;
  return {
    id: `${below === null ? "" : `/subscriptions/${below}`}/providers/${namespace}`,
    namespace,
    registrationState: "Registered",
    registrationPolicy: "RegistrationFree",
    resourceTypes: types.map(([type, versions]) => ({
      resourceType: type.slice(namespace.length + 1),
      locations: [location],
      apiVersions: versions,
      capabilities: "None",
    })),
  };
}

/** Each action once, in Azure's shape of `Microsoft.X/operations`. */
function describeActions(namespace: string, operations: readonly Operation[]) {
  const prefix = `${namespace}/`.toLowerCase();
  const actions = new Set(operations.map(({ action }) => action));
  return [...actions]
    .filter((action) => action.toLowerCase().startsWith(prefix))
    .toSorted()
    .map((action) => {
      const parts = action.slice(prefix.length).split("/");
      const verb = parts.pop() ?? "";
      const isAction = verb === "action";
      const operation = isAction ? (parts.pop() ?? "") : verb;
      const resource = parts.join("/");
      const description = `${operation} ${resource}`.trim();
      const display = { provider: namespace, resource, operation, description };
      return { name: action, isDataAction: false, display };
    });
}
