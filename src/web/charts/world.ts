import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import countries from "world-atlas/countries-110m.json";
import { registerMap } from "./draw.ts";
import { unwrapped } from "./unwrap.ts";

/** Makes the map `world` known to charts: the shapes of Natural Earth. */
export function registerWorld(): void {
  const topology = countries as unknown as Topology<{
    countries: GeometryCollection<{ name: string }>;
  }>;
  registerMap("world", JSON.stringify(unwrapped(feature(topology, topology.objects.countries))));
}
