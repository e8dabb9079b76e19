import type { RuleResource } from "./rule-state.ts";
import { targetParts } from "./target.ts";

/** The one type of resource that has metrics here. */
const machineType = "Microsoft.Compute/virtualMachines";
const multipleResources = "MultipleResourceMultipleMetricCriteria";
const containerPattern = /^\/subscriptions\/[^/]+(?:\/resourcegroups\/[^/]+)?\/?$/i;

/** A machine that a rule may be about. */
export interface RuleTarget {
  id: string;
  location: string;
}

interface Scoped {
  scopes: readonly string[];
  criteria: { "odata.type": string };
  targetResourceType?: string | null | undefined;
  targetResourceRegion?: string | null | undefined;
}

/** True for a rule that is evaluated for each of its targets by itself. */
export const hasManyTargets = ({ scopes }: Pick<Scoped, "scopes">): boolean =>
  scopes.length > 1 || scopes.some((scope) => containerPattern.test(scope));

/**
 * What is wrong with a rule's scopes. Azure: several resources, a group or a subscription need the
 * criteria for several resources, and the type and region of what is meant
 * (learn.microsoft.com/azure/azure-monitor/alerts/alerts-metric-multiple-time-series-single-rule).
 */
export function scopeProblem(rule: Scoped): { path: string[]; message: string } | null {
  const { scopes, targetResourceType: type, targetResourceRegion: region } = rule;
  if (!hasManyTargets(rule)) return null;
  const criteria = rule.criteria["odata.type"];
  if (!criteria.endsWith(multipleResources)) {
    const message = `is ${criteria}; several resources, a group or a subscription need Microsoft.Azure.Monitor.${multipleResources}`;
    return { path: ["criteria", "odata.type"], message };
  }
  if (!type) return { path: ["targetResourceType"], message: "is missing, of several resources" };
  if (type.toLowerCase() !== machineType.toLowerCase()) {
    return {
      path: ["targetResourceType"],
      message: `"${type}" has no metrics; ${machineType} has`,
    };
  }
  if (!region) {
    return { path: ["targetResourceRegion"], message: "is missing, of several resources" };
  }
  const other = scopes.find(
    (scope) =>
      !containerPattern.test(scope) &&
      targetParts(scope)?.resourceType.toLowerCase() !== machineType.toLowerCase(),
  );
  if (other === undefined) return null;
  return { path: ["scopes"], message: `"${other}" is no ${machineType}, group or subscription` };
}

/**
 * A rule as one for each machine that it is about; itself when it is about one resource. Each has a
 * state of its own: Azure fires and resolves them apart.
 */
export function expandRule(rule: RuleResource, machines: readonly RuleTarget[]): RuleResource[] {
  const { properties } = rule;
  if (!hasManyTargets(properties)) return [rule];
  const region = canonical(properties.targetResourceRegion ?? "global");
  const found = new Map<string, string>();
  for (const scope of properties.scopes) {
    if (!containerPattern.test(scope)) found.set(scope.toLowerCase(), scope);
    else {
      const prefix = `${scope.toLowerCase().replace(/\/+$/, "")}/`;
      for (const { id, location } of machines) {
        const isThere = region === "global" || canonical(location) === region;
        if (isThere && id.toLowerCase().startsWith(prefix)) found.set(id.toLowerCase(), id);
      }
    }
  }
  return Array.from(found, ([key, id]) => ({
    id: rule.id,
    properties: { ...properties, scopes: [id] },
    key: `${rule.id}|${key}`,
  }));
}

const canonical = (location: string): string => location.replaceAll(" ", "").toLowerCase();
