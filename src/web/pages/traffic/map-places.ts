import { type FlowAnswer, numberOf, recordsOf } from "../../api/flow-views.ts";
import { azurePlace } from "./azure-places.ts";

export interface Place {
  /** The country's two letters or the region's name. */
  place: string;
  isRegion: boolean;
  at: readonly [number, number];
  total: number;
  malicious: number;
}

export interface Arc {
  place: string;
  isRegion: boolean;
  /** Blank: networks of which nobody knows where they are. */
  ownRegion: string;
  isInbound: boolean;
  from: readonly [number, number];
  to: readonly [number, number];
  total: number;
  isMalicious: boolean;
}

/** In the South Atlantic, where nothing else is: networks whose region is on no map begin there. */
export const nowhere: readonly [number, number] = [-22, -28];

/** Countries and Azure's regions that can be shown: by their addresses, or where Azure says that a region is. */
export const placesOf = (answer: FlowAnswer): Place[] =>
  recordsOf(answer).flatMap((record) => {
    const place = String(record["Place"]);
    const isRegion = record["Kind"] === "AzureRegion";
    const seen = [numberOf(record["Longitude"]), numberOf(record["Latitude"])] as const;
    const at =
      (isRegion ? azurePlace(place) : null) ?? (record["HasLocation"] === true ? seen : null);
    if (at === null) return [];
    const amounts = { total: numberOf(record["Total"]), malicious: numberOf(record["Malicious"]) };
    return [{ place, isRegion, at, ...amounts }];
  });

/** Between one's own regions and the places of the map, in the direction in which flows were begun. */
export function arcsOf(answer: FlowAnswer, places: readonly Place[]): Arc[] {
  const byName = new Map(places.map((each) => [keyOf(each.place, each.isRegion), each]));
  return recordsOf(answer).flatMap((record): Arc[] => {
    const [place, isRegion] = [String(record["Place"]), record["Kind"] === "AzureRegion"];
    const far = byName.get(keyOf(place, isRegion))?.at;
    if (!far) return [];
    const ownRegion = String(record["OwnRegion"] ?? "");
    const near = azurePlace(ownRegion) ?? nowhere;
    const isInbound = record["FlowDirection"] === "Inbound";
    const [from, to] = isInbound ? [far, near] : [near, far];
    const total = numberOf(record["Total"]);
    const isMalicious = numberOf(record["Malicious"]) > 0;
    return [{ place, isRegion, ownRegion, isInbound, from, to, total, isMalicious }];
  });
}

export const keyOf = (place: string, isRegion: boolean): string =>
  `${isRegion ? "AzureRegion" : "Country"} ${place}`;
