import type { TabularPlugin } from "../translator.ts";
import { addressLookups } from "./address-lookups.ts";
import { bagUnpack } from "./bag-unpack.ts";
import { narrow } from "./narrow.ts";
import { pivot } from "./pivot.ts";

/** The plugins that `evaluate` can call, by name. */
export const tabularPlugins: ReadonlyMap<string, TabularPlugin> = new Map(
  [...addressLookups, bagUnpack, narrow, pivot].map((plugin) => [plugin.name, plugin]),
);
