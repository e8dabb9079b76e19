import { addressViews } from "./address-views.ts";
import { distributionViews } from "./distribution-views.ts";
import { environmentViews } from "./environment-views.ts";
import type { FlowView } from "./flow-view.ts";
import { gatewayViews } from "./gateway-views.ts";
import { mapViews } from "./map-views.ts";
import { overviewViews } from "./overview-views.ts";
import { portViews } from "./port-views.ts";
import { reasonViews } from "./reason-views.ts";
import { ruleViews } from "./rule-views.ts";
import { topologyViews } from "./topology-views.ts";

/** All views, in the order of the portal's pages. */
export const flowViews: readonly FlowView[] = [
  ...overviewViews,
  ...distributionViews,
  ...ruleViews,
  ...portViews,
  ...gatewayViews,
  ...environmentViews,
  ...topologyViews,
  ...mapViews,
  ...addressViews,
  ...reasonViews,
];

export const findView = (name: string): FlowView | undefined =>
  flowViews.find((view) => view.name === name);
