import { existsSync } from "node:fs";
import { NightcapError } from "../../common/errors.ts";
import { run } from "../../common/run.ts";

/** From RFC 5737's documentation ranges: nobody's real addresses show up in a drill. */
export const vmAddress = "192.0.2.10";
export const internetAddress = "198.51.100.80";
const gatewayAddress = "192.0.2.1";
const namePrefix = "nightcap-drill";
const nameParts = new RegExp(`^${namePrefix}-(\\d+)-(vm|internet)$`);

/** Two network namespaces joined by one link: a virtual machine and the internet it talks to. */
export interface DrillNetwork {
  readonly vm: string;
  readonly internet: string;
  close(): Promise<void>;
}

/** Makes the namespaces; needs root. Those of drills that died before they could clean up go first. */
export async function openDrillNetwork(): Promise<DrillNetwork> {
  await removeLeftovers();
  const vm = `${namePrefix}-${process.pid}-vm`;
  const internet = `${namePrefix}-${process.pid}-internet`;
  const close = async (): Promise<void> => {
    for (const name of [vm, internet]) await run("ip", ["netns", "delete", name]);
  };
  try {
    await ip([], [`netns add ${vm}`, `netns add ${internet}`]);
    await silenceIpv6([vm, internet]);
    await ip([], [`link add name eth0 netns ${vm} type veth peer name eth0 netns ${internet}`]);
    await ip(
      ["-n", vm],
      [
        "link set lo up",
        `address add ${vmAddress}/24 dev eth0`,
        "link set eth0 up",
        `route add default via ${gatewayAddress}`,
      ],
    );
    await ip(
      ["-n", internet],
      [
        "link set lo up",
        `address add ${gatewayAddress}/24 dev eth0`,
        `address add ${internetAddress}/32 dev lo`,
        "link set eth0 up",
      ],
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { vm, internet, close };
}

async function ip(options: string[], lines: string[]): Promise<void> {
  const result = await run("ip", [...options, "-batch", "-"], { input: `${lines.join("\n")}\n` });
  if (result.code === 0) return;
  throw new NightcapError(
    "DrillFailed",
    `network namespaces cannot be made here (${result.stderr.trim()}); the drill needs root and a kernel with network namespaces`,
  );
}

/** IPv6 would only say hello to itself: duplicate address detection and router solicitations. */
async function silenceIpv6(namespaces: readonly string[]): Promise<void> {
  for (const name of namespaces) {
    // A kernel without IPv6 has no such setting, and needs none.
    const settings = ["net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"];
    await run("ip", ["netns", "exec", name, "sysctl", "-q", "-w", ...settings]).catch(() => {});
  }
}

async function removeLeftovers(): Promise<void> {
  const { stdout } = await run("ip", ["netns", "list"]);
  for (const line of stdout.split("\n")) {
    const name = line.split(" ")[0] ?? "";
    const owner = nameParts.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`))
      await run("ip", ["netns", "delete", name]);
  }
}
