import type { FlowRecord } from "./flow-record.ts";

/** Columns of a row, and the filter by which the tuples behind it are found. */
const filterOf: Readonly<Record<string, string>> = {
  FlowType: "flowType",
  FlowStatus: "status",
  FlowDirection: "direction",
  AclRule: "rule",
  DestPort: "port",
  L7Protocol: "service",
  Country: "country",
  Vm: "virtualMachine",
  LocalVm: "virtualMachine",
  Subnet: "subnet",
  LocalSubnet: "subnet",
  VirtualNetwork: "virtualNetwork",
  Ip: "ip",
};

/** Which tuples a row is made of, as far as its columns say; what holds for the page holds for them, too. */
export function reasonFilters(
  word: string,
  record: FlowRecord,
  asked: Readonly<Record<string, string>>,
): Record<string, string> {
  const filters: Record<string, string> = { ...asked };
  for (const [column, filter] of Object.entries(filterOf)) {
    const value = record[column];
    if (value !== null && value !== undefined && value !== "") filters[filter] = String(value);
  }
  // The port's service is by its tuples "" where records say Unknown.
  if (filters["service"] === "Unknown") delete filters["service"];
  const ends = endsOf(record);
  if (ends !== null) filters["ip"] = ends;
  if (word === "AllowedMalicious") {
    filters["flowType"] = "MaliciousFlow";
    filters["status"] = "Allowed";
  }
  return filters;
}

/** From where to where, where a row has at least one of the addresses; a blank one is any. */
function endsOf({ SrcIp, DestIp, LocalIp, Ip }: FlowRecord): string | null {
  const [source, destination] = [String(SrcIp ?? ""), String(DestIp ?? "")];
  if (source !== "" || destination !== "") return `${source}->${destination}`;
  const local = String(LocalIp ?? "");
  return local !== "" && (Ip ?? "") === "" ? local : null;
}
