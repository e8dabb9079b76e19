import { readFile } from "node:fs/promises";
import { z } from "zod";
import { requireProgram } from "../capture/programs.ts";
import { NightcapError } from "../common/errors.ts";
import { runInNamespace } from "../diagnosis/namespace-run.ts";
import { type Network, parseNetwork } from "../inspection/findings/network.ts";

/** An address that the host needs, and what for. */
export interface NeededAddress {
  readonly network: Network;
  readonly what: string;
}

const addresses = z.array(
  z.object({ addr_info: z.array(z.object({ local: z.string().optional() })).default([]) }),
);
const routes = z.array(
  z.object({ gateway: z.string().optional(), via: z.object({ host: z.string() }).optional() }),
);
const resolverSizeMax = 65_536;

/** Read anew each time, because addresses and routes change: its own, default gateways, DNS servers. */
export async function readNeededAddresses(
  networkNamespace: string | null,
): Promise<NeededAddress[]> {
  const program = await requireProgram("ip");
  const ask = async (...words: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await runInNamespace(networkNamespace, [
      program,
      "-json",
      ...words,
    ]);
    if (code !== 0)
      throw new NightcapError("BlockFailed", `ip ${words.join(" ")}: ${stderr.trim()}`);
    return JSON.parse(stdout.trim() === "" ? "[]" : stdout);
  };
  const own = addresses.parse(await ask("address", "show"));
  const gateways = routes.parse([
    ...z.array(z.unknown()).parse(await ask("-4", "route", "show", "default")),
    ...z.array(z.unknown()).parse(await ask("-6", "route", "show", "default")),
  ]);
  return [
    ...own.flatMap(({ addr_info }) =>
      addr_info.flatMap(({ local }) => named(local, "the host's own address")),
    ),
    ...gateways.flatMap(({ gateway, via }) => named(gateway ?? via?.host, "the default gateway")),
    ...(await readResolvers(networkNamespace)).flatMap((each) =>
      named(each, "a DNS server in use"),
    ),
  ];
}

function named(address: string | undefined, what: string): NeededAddress[] {
  const network = address === undefined ? null : parseNetwork(address.split("%")[0] ?? "");
  return network ? [{ network, what }] : [];
}

/** The stub of systemd-resolved names itself; the servers that it asks are in its own file. */
async function readResolvers(networkNamespace: string | null): Promise<string[]> {
  const paths = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
  // `ip netns exec` gives a namespace this file as its own (ip-netns(8)).
  if (networkNamespace !== null) paths.unshift(`/etc/netns/${networkNamespace}/resolv.conf`);
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8").catch(() => "")));
  return texts.flatMap((text) => parseResolvers(text.slice(0, resolverSizeMax)));
}

/** The addresses behind `nameserver` (resolv.conf(5)). */
export const parseResolvers = (text: string): string[] =>
  Array.from(text.matchAll(/^nameserver[ \t]+(\S+)/gm), (match) => match[1] ?? "");
