import { run, type RunResult } from "../../src/common/run.ts";
import { namespaceName, hostNames, type HostName } from "./names.ts";

/** Addresses of a host; documentation ranges of RFC 5737 and RFC 3849 throughout. */
export interface HostAddresses {
  ipv4: readonly string[];
  /** Empty unless the bed was opened with `ipv6`. */
  ipv6: readonly string[];
}

interface HostPlan {
  /** Interface, its IPv4 addresses with prefix length, IPv6 ones, as `ip address add` takes them. */
  interfaces: readonly { name: string; ipv4: readonly string[]; ipv6: readonly string[] }[];
  gateway?: { ipv4: string; ipv6: string };
}

const plan: Record<HostName, HostPlan> = {
  vm: lanHost("192.0.2.10", "2001:db8:1::10"),
  client: lanHost("192.0.2.20", "2001:db8:1::20"),
  internet: {
    interfaces: [
      {
        name: "eth0",
        ipv4: ["198.51.100.80/24", "198.51.100.66/24"],
        ipv6: ["2001:db8:2::80/64", "2001:db8:2::66/64"],
      },
    ],
    gateway: { ipv4: "198.51.100.1", ipv6: "2001:db8:2::1" },
  },
  router: {
    interfaces: [
      { name: "lan", ipv4: ["192.0.2.1/24"], ipv6: ["2001:db8:1::1/64"] },
      { name: "wan", ipv4: ["198.51.100.1/24"], ipv6: ["2001:db8:2::1/64"] },
      { name: "to-vm", ipv4: [], ipv6: [] },
      { name: "to-client", ipv4: [], ipv6: [] },
    ],
  },
};

function lanHost(ipv4: string, ipv6: string): HostPlan {
  return {
    interfaces: [{ name: "eth0", ipv4: [`${ipv4}/24`], ipv6: [`${ipv6}/64`] }],
    gateway: { ipv4: "192.0.2.1", ipv6: "2001:db8:1::1" },
  };
}

/** All addresses of a host, without prefix lengths; the first one is the one to use. */
export function hostAddresses(host: HostName, ipv6: boolean): HostAddresses {
  const bare = (addresses: readonly string[]): string[] =>
    addresses.map((address) => address.replace(/\/\d+$/, ""));
  const { interfaces } = plan[host];
  return {
    ipv4: bare(interfaces.flatMap((one) => one.ipv4)),
    ipv6: ipv6 ? bare(interfaces.flatMap((one) => one.ipv6)) : [],
  };
}

/**
 * Makes the namespaces and joins them: a bridge in the router for the LAN, one link to the internet.
 * All links are born inside the router's namespace, so the host never shows any. Six processes.
 */
export async function buildTopology(bedName: string, ipv6: boolean): Promise<void> {
  const namespace = (host: HostName): string => namespaceName(bedName, host);
  await batch(
    [],
    hostNames.map((host) => `netns add ${namespace(host)}`),
  );
  // "link add a type veth" would read "a" as an address: always "name".
  await batch(
    ["-n", namespace("router")],
    [
      "link add name lan type bridge",
      `link add name to-vm type veth peer name eth0 netns ${namespace("vm")}`,
      `link add name to-client type veth peer name eth0 netns ${namespace("client")}`,
      `link add name wan type veth peer name eth0 netns ${namespace("internet")}`,
      "link set to-vm master lan",
      "link set to-client master lan",
    ],
  );
  await Promise.all(hostNames.map((host) => configureHost(namespace(host), host, ipv6)));
}

async function configureHost(namespace: string, host: HostName, ipv6: boolean): Promise<void> {
  const script = [...sysctls(host, ipv6), "exec ip -batch -"].join("\n");
  const args = [`--net=/run/netns/${namespace}`, "sh", "-euc", script];
  check(
    await run("nsenter", args, { input: `${hostCommands(host, ipv6).join("\n")}\n` }),
    namespace,
  );
}

/** Kernel settings before a link comes up; /proc/sys/net shows the namespace of who reads it. */
function sysctls(host: HostName, ipv6: boolean): string[] {
  const set = (name: string, value: number): string => `echo ${value} > /proc/sys/net/${name}`;
  const isRouter = host === "router";
  const names = ["all", "default", ...plan[host].interfaces.map((one) => one.name)];
  // Without IPv6 its own noise (duplicate address detection, multicast reports) is not in captures.
  const six = names.flatMap((name) =>
    ipv6
      ? [set(`ipv6/conf/${name}/accept_dad`, 0), set(`ipv6/conf/${name}/router_solicitations`, 0)]
      : [set(`ipv6/conf/${name}/disable_ipv6`, 1)],
  );
  return [
    ...(isRouter ? [set("ipv4/ip_forward", 1)] : []),
    "if [ -d /proc/sys/net/ipv6 ]; then",
    ...six,
    ...(isRouter && ipv6 ? [set("ipv6/conf/all/forwarding", 1)] : []),
    "fi",
  ];
}

function hostCommands(host: HostName, ipv6: boolean): string[] {
  const { interfaces, gateway } = plan[host];
  const addresses = interfaces.flatMap(({ name, ipv4, ipv6: six }) => [
    ...ipv4.map((address) => `address add ${address} dev ${name}`),
    ...(ipv6 ? six.map((address) => `address add ${address} dev ${name} nodad`) : []),
  ]);
  const up = ["lo", ...interfaces.map(({ name }) => name)].map((name) => `link set ${name} up`);
  const routes =
    gateway === undefined
      ? []
      : [
          `route add default via ${gateway.ipv4}`,
          ...(ipv6 ? [`route add ::/0 via ${gateway.ipv6}`] : []),
        ];
  return [...addresses, ...up, ...routes];
}

async function batch(args: readonly string[], commands: readonly string[]): Promise<void> {
  check(
    await run("ip", [...args, "-batch", "-"], { input: `${commands.join("\n")}\n` }),
    "ip -batch",
  );
}

function check({ code, stderr }: RunResult, where: string): void {
  if (code !== 0)
    throw new Error(`test bed: ${where} failed (exit code ${code}): ${stderr.trim()}`);
}
