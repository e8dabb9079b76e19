/** The first of many, and how many were left out: every list of a report is bounded. */
export interface Top<Item> {
  items: readonly Item[];
  omitted: number;
}

export const takeTop = <Item>(items: readonly Item[], countMax: number): Top<Item> => ({
  items: items.slice(0, countMax),
  omitted: Math.max(0, items.length - countMax),
});

/** Shortens a list that may already have left something out. */
export const shorten = <Item>(top: Top<Item>, countMax: number): Top<Item> => ({
  items: top.items.slice(0, countMax),
  omitted: top.omitted + Math.max(0, top.items.length - countMax),
});
