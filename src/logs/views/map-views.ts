import type { FlowView } from "./flow-view.ts";
import { addressCells, grid, gridCells } from "./grid-kql.ts";

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
${grid("Place, Kind, Country, AzureRegion, HasLocation, Latitude, Longitude", text)}`,
    // A row is of the one or of the other: what it has no value for is no filter.
    drillDown: [
      { view: "geo-cities", filters: { country: "Country", azureRegion: "AzureRegion" } },
    ],
  },
  {
    name: "geo-arcs",
    description:
      "Arcs of the map: from one's own regions to countries and Azure's regions, and back",
    reads: "flows",
    isCut: true,
    query: (
      text,
    ) => `${gridCells(text, "FlowDirection, SrcRegion, DestRegion, Country, AzureRegion")}
| extend Place = iff(Country != "", Country, AzureRegion), Kind = iff(Country != "", "Country", "AzureRegion")
| where Place != ""
| extend OwnRegion = iff(FlowDirection == "Inbound", DestRegion, SrcRegion)
${grid("OwnRegion, FlowDirection, Place, Kind", text)}`,
    drillDown: [],
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
