import { isIP } from "node:net";
import type { Clock } from "../common/clock.ts";
import { type MachineRecord, machineRecords } from "../provider/compute/machines.ts";
import type { HostMatch, KnownHosts } from "../responder/known-hosts.ts";
import type { State } from "../state/state.ts";

/** How old the list of hosts may be: alerts come in storms, and hosts join seldom. */
const listAgeMillisecondsMax = 2_000;

/**
 * The hosts that joined, by what alerts may call them: the virtual machine's name, the host's own name (whole, and its
 * first part), an address of any interface, or an alias for one of these.
 */
export function createKnownHosts(options: {
  state: State;
  aliases: Readonly<Record<string, string>>;
  clock: Clock;
}): KnownHosts {
  const { state, clock } = options;
  const aliases = new Map(
    Object.entries(options.aliases).map(([alias, name]) => [canonicalName(alias), name]),
  );
  let list: { index: Promise<HostIndex>; readAt: number } | null = null;
  const read = (): Promise<HostIndex> => {
    if (list === null || clock.now() - list.readAt > listAgeMillisecondsMax) {
      const found = machineRecords(state).list();
      const index = found.then((records) => indexHosts(records.map(({ body }) => body)));
      list = { index, readAt: clock.now() };
      index.catch(() => (list = null));
    }
    return list.index;
  };
  return {
    async find(name) {
      const own = aliases.get(canonicalName(name)) ?? name;
      if (own.startsWith("/")) return { kind: "found", resourceId: own };
      return matchOf(await read(), canonicalName(own));
    },
  };
}

/** Resource ids by name; those of short names apart, because they stand for any domain. */
interface HostIndex {
  byName: ReadonlyMap<string, ReadonlySet<string>>;
  byPlainName: ReadonlyMap<string, ReadonlySet<string>>;
}

function indexHosts(records: readonly MachineRecord[]): HostIndex {
  const byName = new Map<string, Set<string>>();
  const byPlainName = new Map<string, Set<string>>();
  const add = (map: Map<string, Set<string>>, name: string, resourceId: string): void => {
    const key = canonicalName(name);
    const ids = map.get(key) ?? new Set();
    map.set(key, ids.add(resourceId));
  };
  for (const { resourceId, facts } of records) {
    const names = [resourceId.split("/").at(-1) ?? "", facts?.hostName ?? ""];
    for (const name of names.filter((each) => each !== "")) {
      add(byName, name, resourceId);
      const short = name.split(".")[0] ?? name;
      if (short === name) add(byPlainName, name, resourceId);
      else if (isIP(name) === 0) add(byName, short, resourceId);
    }
    for (const { addresses } of facts?.interfaces ?? []) {
      for (const { address } of addresses) {
        if (!isEverywhere(address)) add(byName, address, resourceId);
      }
    }
  }
  return { byName, byPlainName };
}

/** Addresses that every host has. */
const isEverywhere = (address: string): boolean =>
  /^(127\.|169\.254\.|::1$|fe80:|0\.0\.0\.0$|::$)/i.test(canonicalName(address));

/** `web-1.example.com` is also the host that calls itself `web-1` and knows of no domain. */
function matchOf({ byName, byPlainName }: HostIndex, name: string): HostMatch {
  const short = isIP(name) === 0 && name.includes(".") ? (name.split(".")[0] ?? "") : "";
  const ids = byName.get(name) ?? byPlainName.get(short) ?? new Set<string>();
  const [resourceId] = ids;
  if (resourceId === undefined) return { kind: "unknown" };
  return ids.size === 1
    ? { kind: "found", resourceId }
    : { kind: "ambiguous", hostCount: ids.size };
}

/** One text for each name and address: lower case, no dot at the end, IPv6 as RFC 5952 has it, IPv4 in IPv6 as IPv4. */
function canonicalName(text: string): string {
  const name = text.trim().replace(/\.$/, "").toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(name)?.[1];
  if (mapped !== undefined) return mapped;
  const bare = name.replace(/%.*$/, "");
  if (isIP(bare) !== 6) return name;
  return (URL.parse(`http://[${bare}]`)?.hostname ?? name).replace(/^\[(.*)\]$/, "$1");
}
