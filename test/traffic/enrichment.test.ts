import { expect, test } from "vitest";
import { openAutonomousSystems } from "../../src/traffic/enrich/asn.ts";
import { openGeography } from "../../src/traffic/enrich/geography.ts";
import { findPackageData } from "../../src/traffic/enrich/package-data.ts";
import { createAddressWords } from "../../src/flowlog/address-words.ts";
import { readAddress } from "../../src/traffic/prefix/address-text.ts";

test("countries and cities are those of the installed packages, each version by its own", async () => {
  const geography = await openGeography({ country: "package", city: "package" });
  expect(geography.versions.map((version) => version.split(" ")[0])).toEqual(["country", "city"]);
  expect(
    ["8.8.8.8", "2001:4860:4860::8888", "10.0.0.1"].map((address) => geography.country(address)),
  ).toEqual(["us", "us", ""]);
  const city = geography.city("8.8.8.8");
  expect([city?.name, Math.round(city?.latitude ?? 0), Math.round(city?.longitude ?? 0)]).toEqual([
    "Mountain View",
    37,
    -122,
  ]);
  expect(geography.city("10.0.0.1")).toBeNull();
});

test("what is off is off, and a database that is none is refused by its path", async () => {
  const off = await openGeography({ country: "off", city: "off" });
  expect([off.versions, off.country("8.8.8.8"), off.city("8.8.8.8")]).toEqual([[], "", null]);
  await expect(openGeography({ country: "/nowhere.mmdb", city: "off" })).rejects.toThrow(
    "cannot read the database /nowhere.mmdb",
  );
  await expect(openGeography({ country: "package.json", city: "off" })).rejects.toThrow(
    "cannot read the database package.json",
  );
  expect(findPackageData("@ip-location-db/not-there")).toBeNull();
});

test("systems with their owners, at both ends of a range and in the gaps", async () => {
  const systems = await openAutonomousSystems();
  const find = (text: string): string => {
    const words = createAddressWords(1);
    readAddress(text, words, 0);
    const found = systems?.find(words, 0);
    return found ? `AS${found.asn} ${found.owner}` : "-";
  };
  expect(
    [
      "0.0.0.0",
      "1.0.0.0",
      "1.0.0.255",
      "1.0.1.0",
      "8.8.8.8",
      "255.255.255.255",
      "::",
      "2001:4860:4860::8888",
      "ffff::",
    ].map(find),
  ).toEqual([
    "-",
    "AS13335 Cloudflare, Inc.",
    "AS13335 Cloudflare, Inc.",
    "-",
    "AS15169 Google LLC",
    "-",
    "-",
    "AS15169 Google LLC",
    "-",
  ]);
});
