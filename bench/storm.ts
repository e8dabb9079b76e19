// A storm of alerts on the responder: 500 alerts of 20 rules at 10 hosts, each delivered three times within 5 s by HTTP calls
// of 32 connections, with a control plane on the loopback and hosts that record as long as the storm lasts. Says what was
// recorded, and how long a call took until its 202; everything runs in this one process.
import { runStorm } from "../test/incident/storm-bed.ts";

const result = await runStorm({
  alertCount: 500,
  ruleCount: 20,
  hostCount: 10,
  deliveryCount: 3,
  seconds: 5,
  settings: { recordingCountMax: 12, hostRecordingCountMax: 2, ruleRecordingCountMax: 3 },
});
const { acceptMilliseconds: times, account, meanOrder } = result;
const at = (share: number): string =>
  (times[Math.ceil(share * times.length) - 1] ?? Number.NaN).toFixed(1);
const accounted = Object.values(account).reduce((sum, count) => sum + count, 0);
const cpu = process.cpuUsage();
const lines = [
  `${result.callCount} calls with ${result.alertCount} alerts in ${(result.sendMilliseconds / 1_000).toFixed(2)} s`,
  `until 202: median ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`,
  `incidents ${result.incidentCount}, recordings ${result.recordingCount} (40 expected), notifications ${result.notificationCount}`,
  `recorded ${account.recording} + delayed ${account.delayed} + merged ${account.merged} + refused ${account.refused} = ${accounted}`,
  `at once at most ${result.runningMax} (limit 12), limits passed or order broken ${result.violations.length} times`,
  `mean place in the order of recordings by severity 0 to 3: ${meanOrder.map((place) => place.toFixed(1)).join(", ")}`,
  `all answered ${(result.settleMilliseconds / 1_000).toFixed(2)} s after the last call; ${((cpu.user + cpu.system) / 1e6).toFixed(1)} CPU seconds in all`,
];
process.stdout.write(`${lines.join("\n")}\n`);
// The control plane of the tests leaves a timer behind.
process.exit(result.violations.length > 0 || accounted !== result.alertCount ? 1 : 0);
