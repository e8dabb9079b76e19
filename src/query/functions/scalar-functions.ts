import type { ScalarFunction } from "../translator.ts";

/** Every scalar function by its name. */
export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = new Map();
