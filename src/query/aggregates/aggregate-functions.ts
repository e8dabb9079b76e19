import type { AggregateFunction } from "../translator.ts";

/** Every aggregate by its name. */
export const aggregateFunctions: ReadonlyMap<string, AggregateFunction> = new Map();
