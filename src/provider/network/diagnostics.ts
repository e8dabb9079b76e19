import { apiVersionsOf } from "../../arm/api-version.ts";
import { networkWatcherType } from "../compute/machines.ts";
import type { Operation } from "../kernel/arm-request.ts";
import { checkConnectivity } from "./connectivity.ts";
import type { AskHost } from "./diagnosed-machine.ts";
import { verifyIpFlow } from "./ip-flow.ts";
import { showNextHop } from "./next-hop.ts";
import { viewSecurityGroups } from "./security-group-view.ts";
import { showTopology } from "./topology.ts";

const watcher =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/networkWatchers/{networkWatcherName}";

/**
 * What a network watcher can be asked. Azure may answer these later; here each is answered at once,
 * which its clients take as well. The rest of Azure's are not there, and are refused by name.
 */
export function diagnosticOperations(ask: AskHost): Operation[] {
  const post = (name: string, handle: Operation["handle"]): Operation => ({
    method: "POST",
    path: `${watcher}/${name}`,
    action: `${networkWatcherType}/${name}/action`,
    apiVersions: apiVersionsOf(networkWatcherType),
    handle,
  });
  return [
    post("ipFlowVerify", (context) => verifyIpFlow(context, ask)),
    post("nextHop", (context) => showNextHop(context, ask)),
    post("connectivityCheck", (context) => checkConnectivity(context, ask)),
    post("securityGroupView", viewSecurityGroups),
    post("topology", showTopology),
  ];
}
