import type { AlertState } from "../../alert/rule-state.ts";
import { parseMetricAlert } from "../../alert/rule.ts";
import { expandRule } from "../../alert/rule-targets.ts";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { findResource } from "../kernel/answers.ts";
import type { ArmContext, Operation } from "../kernel/arm-request.ts";
import { listRuleMachines } from "./rule-machines.ts";

const type = "Microsoft.Insights/metricAlerts";
const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";

/** `status` of a metric alert: whether each of its targets is as it should be. */
export function alertStatusOperations(): Operation[] {
  const common = {
    method: "GET" as const,
    action: `${type}/status/read`,
    apiVersions: apiVersionsOf(type),
  };
  const path = `${group}/providers/${type}/{resourceName}/status`;
  return [
    {
      ...common,
      path,
      handle: async (context) => ({ status: 200, body: { value: await statusesOf(context) } }),
    },
    {
      ...common,
      path: `${path}/{statusName}`,
      async handle(context) {
        const wanted = context.param("statusName");
        const value = (await statusesOf(context)).filter(({ name }) => name === wanted);
        if (value.length > 0) return { status: 200, body: { value } };
        throw new NightcapError("ResourceNotFound", `The status '${wanted}' was not found.`);
      },
    },
  ];
}

/** One for each target; a target whose rule never fired is healthy. */
async function statusesOf(context: ArmContext) {
  const { state, clock } = context;
  const [path = ""] = context.path.split(/\/status(?:\/[^/]+)?$/i);
  const rule = await findResource(context, path);
  const properties = parseMetricAlert(rule.body["properties"]);
  const subscription = rule.id.split("/").slice(0, 3).join("/");
  const machines = await listRuleMachines(state, subscription);
  const states = state.documents<AlertState>("alertStates");
  const targets = expandRule({ id: rule.id, properties }, machines);
  return Promise.all(
    targets.map(async (target) => {
      const [resourceId = ""] = target.properties.scopes;
      const found = await states.get((target.key ?? target.id).toLowerCase());
      const isFired = found?.body.monitorCondition === "Fired" && !found.body.rearmed;
      const name = Buffer.from(`resourceId=${resourceId.toLowerCase()}`).toString("base64url");
      return {
        id: `${rule.id}/status/${name}`,
        name,
        type: `${type}/status`,
        properties: {
          dimensions: { resourceId },
          status: isFired ? "Unhealthy" : "Healthy",
          timestamp: isoTime(clock.now()),
        },
      };
    }),
  );
}
