import { expect, test } from "vitest";
import {
  isPublicAddress,
  parseAddressPrefix,
  prefixContains,
} from "../../src/arm/address-prefix.ts";
import { networkInterfaceBody } from "../../src/arm/network-interface.ts";
import { publicAddressBodies } from "../../src/arm/public-ip-address.ts";

test("a prefix is an address or a network, and nothing else", () => {
  expect(parseAddressPrefix("10.0.0.0/8")).toEqual({
    address: "10.0.0.0",
    length: 8,
    family: "ipv4",
  });
  expect(parseAddressPrefix("2001:db8::1")).toEqual({
    address: "2001:db8::1",
    length: 128,
    family: "ipv6",
  });
  for (const text of [
    "",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0/8",
    "10.0.0.0/8/8",
    "fe80::1%eth0",
    "::/129",
    "10.0.0.0/",
  ]) {
    expect(parseAddressPrefix(text), text).toBeNull();
  }
});

test("what a network contains", () => {
  expect(prefixContains("192.0.2.4/24", "192.0.2.200")).toBe(true);
  expect(prefixContains("192.0.2.0/25", "192.0.2.200")).toBe(false);
  expect(prefixContains("0.0.0.0/0", "2001:db8::1")).toBe(false);
  expect(prefixContains("::/0", "2001:db8::1")).toBe(true);
  expect(prefixContains("x", "192.0.2.1")).toBe(false);
});

test("which addresses the Internet reaches", () => {
  const reached = ["8.8.8.8", "172.32.0.1", "2606:4700::1111"];
  const not = [
    "10.1.2.3",
    "172.31.0.1",
    "192.168.0.1",
    "127.0.0.1",
    "169.254.1.1",
    "fe80::1",
    "fd00::1",
    "::1",
    "x",
  ];
  expect(reached.filter((address) => !isPublicAddress(address))).toEqual([]);
  expect(not.filter(isPublicAddress)).toEqual([]);
});

test("an interface's public addresses are resources that name each other", () => {
  const id =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/web-eth0";
  const addresses = ["10.0.0.4", "8.8.4.4", "2606:4700::1"].map((address) => ({
    address,
    prefixLength: 24,
  }));
  const hostInterface = {
    name: "eth0",
    index: 2,
    macAddress: "02:00:00:00:00:01",
    up: true,
    addresses,
  };
  const body = networkInterfaceBody({
    id,
    location: "local",
    virtualMachineId: "/v",
    primary: true,
    hostInterface,
  });
  const all = publicAddressBodies({ id, etag: "e", body });
  expect(
    all.map(({ name, properties }) => [
      name,
      properties.ipAddress,
      properties.publicIPAddressVersion,
    ]),
  ).toEqual([
    ["web-eth0-ip2", "8.8.4.4", "IPv4"],
    ["web-eth0-ip3", "2606:4700::1", "IPv6"],
  ]);
  const configurations = (
    body["properties"] as { ipConfigurations: { id: string; properties: object }[] }
  ).ipConfigurations;
  expect(configurations[0]?.properties).not.toHaveProperty("publicIPAddress");
  expect(configurations[1]?.properties).toMatchObject({ publicIPAddress: { id: all[0]?.id } });
  expect(all[0]?.properties.ipConfiguration).toEqual({ id: configurations[1]?.id });
});
