// A process that makes one block and then waits to be killed, as an agent would be.
import { openHostBlocks } from "../../src/block/host-blocks.ts";
import { blockingSettings } from "../../src/block/settings.ts";
import { silentLog } from "../../src/common/log.ts";
import { parseNetwork } from "../../src/inspection/findings/network.ts";

const [, , networkNamespace = "", blockId = "", milliseconds = "", control = ""] = process.argv;
const network = parseNetwork(control);
if (!network) throw new Error("no control plane");
const blocks = openHostBlocks({
  settings: blockingSettings.parse({ allowBlocking: true }),
  networkNamespace,
  tableName: "nightcap_block_killed",
  controlEndpoints: async () => [{ network, port: 443 }],
  monotonicNow: () => performance.now(),
  log: silentLog,
});
const spec = { blockId, remainingMilliseconds: Number(milliseconds), force: false };
await blocks.set({ revision: "0".repeat(16), blocks: [spec] });
process.stdout.write(`${JSON.stringify(await blocks.refresh())}\n`);
setInterval(() => {}, 1_000);
