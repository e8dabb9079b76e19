import type { Destination } from "../../../inspection/summary/traffic.ts";

const addressField = (address: string): string => (address.includes(":") ? "ipv6" : "ip");

/** What two addresses said to each other. */
export function pairFilter(a: string, b: string): string {
  const field = `${addressField(a)}.addr`;
  return `${field} == ${a} && ${field} == ${b}`;
}

/** What was sent to a port of an address. */
export function destinationFilter({ address, transport, port }: Destination): string {
  return `${addressField(address)}.dst == ${address} && ${transport}.dstport == ${port}`;
}
