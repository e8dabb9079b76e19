import type { Random } from "../../../bench/inspection/random.ts";

/** What payloads are made of; no header that is made here has two of them in a row. */
export const payloadByte = 0x7e;
const addressCount = 4;

/**
 * Addresses that nobody may find afterwards. All of their bytes are above 0x8f and all else that is made
 * is below 0x40, so that what is found was left there and did not come about by chance.
 */
export interface Secrets {
  ipv4: readonly Buffer[];
  ipv6: readonly Buffer[];
  mac: readonly Buffer[];
}

export function makeSecrets(random: Random): Secrets {
  const bytes = (size: number): Buffer =>
    Buffer.from(Array.from({ length: size }, () => 0x90 + random.below(16)));
  const some = (make: () => Buffer): Buffer[] => Array.from({ length: addressCount }, make);
  return {
    ipv4: some(() => bytes(4)),
    // Of global unicast, 2000::/3 (RFC 4291, 2.4).
    ipv6: some(() => Buffer.concat([Buffer.of(0x26), bytes(15)])),
    // Of one station, and of a maker.
    mac: some(() => Buffer.concat([Buffer.of(0x9c), bytes(5)])),
  };
}

export const ipv4Text = (address: Buffer): string => [...address].join(".");

/** As `in-addr.arpa` writes it (RFC 1035, 3.5). */
export const reverseText = (address: Buffer): string => [...address].toReversed().join(".");

export const ipv6Text = (address: Buffer): string =>
  (address.toString("hex").match(/.{4}/g) ?? []).join(":");

/** As `ip6.arpa` writes it (RFC 3596, 2.5). */
export const nibbleText = (address: Buffer): string =>
  address.toString("hex").split("").toReversed().join(".");

export const macText = (address: Buffer): string =>
  (address.toString("hex").match(/../g) ?? []).join(":");

/** Everything that tells one of the addresses, with a word for it; of IPv6 each half does. */
export function tracesOf({ ipv4, ipv6, mac }: Secrets): { what: string; bytes: Buffer }[] {
  const traces = (what: string, address: Buffer, ...texts: string[]) =>
    [address, ...texts.map((text) => Buffer.from(text))].map((bytes) => ({ what, bytes }));
  const labels = (text: string): string =>
    text.split(".").reduce((all, one) => `${all}${String.fromCharCode(one.length)}${one}`, "");
  return [
    ...ipv4.flatMap((one) =>
      traces(ipv4Text(one), one, ipv4Text(one), reverseText(one), labels(reverseText(one))),
    ),
    ...ipv6.flatMap((one) => [
      ...traces(ipv6Text(one), one.subarray(0, 8), ipv6Text(one), labels(nibbleText(one))),
      ...traces(`the end of ${ipv6Text(one)}`, one.subarray(8)),
    ]),
    ...mac.flatMap((one) => traces(macText(one), one, macText(one))),
  ];
}
