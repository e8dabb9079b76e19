import type { FlowView } from "./flow-view.ts";
import { addressCells, grid, gridCells } from "./grid-kql.ts";
import { networkOf } from "./kql-text.ts";

/** What stands for a side that is in none of the networks. */
const outside = `case(FlowType == "ExternalPublic", "Internet", FlowType == "MaliciousFlow", "Malicious",
    FlowType == "AzurePublic", strcat("Azure ", AzureRegion), FlowType in ("S2S", "P2S"), strcat(FlowType, " ", ConnectionName), FlowType)`;

const graph = (name: string, level: string, nodeOf: (subnet: string) => string): FlowView => ({
  name,
  description: `Edges between ${level} and what is outside, with counters; the ends are the nodes`,
  reads: "flows",
  isCut: true,
  query: (
    text,
  ) => `${gridCells(text, "FlowType, SrcSubnet, DestSubnet, AzureRegion, ConnectionName")}
| extend Outside = ${outside}
| extend Source = iff(SrcSubnet == "", Outside, ${nodeOf("SrcSubnet")}), Target = iff(DestSubnet == "", Outside, ${nodeOf("DestSubnet")})
${grid("Source, Target", text)}`,
  drillDown: [],
});

/** Where the addresses of a country or a region lie, as a mean of those that were seen. */
const meanPlaces = `details
| where HasLocation
| summarize Latitude = sum(Latitude), Longitude = sum(Longitude), Addresses = count() by Country, Region
| mv-expand Kind = dynamic(["Country", "Region"]) to typeof(string)
| extend Place = iff(Kind == "Country", Country, Region)
| where Place != ""
| summarize Latitude = round(sum(Latitude) / sum(Addresses), 4), Longitude = round(sum(Longitude) / sum(Addresses), 4),
    Addresses = sum(Addresses) by Place`;

export const mapViews: readonly FlowView[] = [
  graph("virtual-network-topology", "virtual networks", networkOf),
  graph("subnet-topology", "subnets", (subnet) => subnet),
  {
    name: "geo-countries",
    description:
      "Points of the map: countries, and Azure's regions, with benign and malicious flows",
    reads: "flows",
    isCut: true,
    query: (text) => `let places = ${meanPlaces};
${gridCells(text, "Country, AzureRegion")}
| extend Place = iff(Country != "", Country, AzureRegion), Kind = iff(Country != "", "Country", "AzureRegion")
| where Place != ""
| lookup places on Place
| extend HasLocation = coalesce(Addresses, 0) > 0
${grid("Place, Kind, HasLocation, Latitude, Longitude", text)}`,
    drillDown: [{ view: "geo-cities", filters: { country: "Place" } }],
  },
  {
    name: "geo-cities",
    description: "Points of the map: cities, with benign and malicious flows",
    reads: "addresses",
    isCut: true,
    query: (text) => `let places = details | where HasLocation
| summarize City = max(City), Latitude = max(Latitude), Longitude = max(Longitude) by Ip;
${addressCells(text, "Country, Ip")}
| join kind=inner places on Ip
${grid("Country, City, Latitude, Longitude", text)}`,
    drillDown: [{ view: "public-ips", filters: { country: "Country" } }],
  },
];
