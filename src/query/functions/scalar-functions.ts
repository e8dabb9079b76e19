import { atomic } from "../bind.ts";
import type { ScalarFunction } from "../translator.ts";
import { addressFunctions } from "./addresses.ts";
import { arrayFunctions } from "./arrays.ts";
import { binFunctions } from "./bins.ts";
import { conditionalFunctions } from "./conditionals.ts";
import { conversionFunctions } from "./conversions.ts";
import { datePartFunctions } from "./date-parts.ts";
import { dateFunctions } from "./dates.ts";
import { dynamicFunctions } from "./dynamics.ts";
import { encodingFunctions } from "./encodings.ts";
import { geographyFunctions } from "./geography.ts";
import { ipv6AddressFunctions } from "./ipv6-addresses.ts";
import { numberFunctions } from "./numbers.ts";
import { patternFunctions } from "./patterns.ts";
import { seriesFunctions } from "./series.ts";
import { stringFunctions } from "./strings.ts";
import { urlFunctions } from "./urls.ts";
import { windowFunctions } from "./windows.ts";

/** The tables of functions by topic, in the order of the reference page. */
export const functionTopics = {
  Conditions: conditionalFunctions,
  Conversions: conversionFunctions,
  Strings: stringFunctions,
  Patterns: patternFunctions,
  Numbers: numberFunctions,
  Bins: binFunctions,
  "Parts of dates": datePartFunctions,
  Dates: dateFunctions,
  "Dynamic values": dynamicFunctions,
  Arrays: arrayFunctions,
  "IPv4 addresses": addressFunctions,
  "IPv6 addresses": ipv6AddressFunctions,
  "URLs and other forms": urlFunctions,
  "Hashes and encodings": encodingFunctions,
  "Rows in order": windowFunctions,
  Series: seriesFunctions,
  Geography: geographyFunctions,
} as const;

/** Every scalar function by its name. */
export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = new Map(
  Object.values(functionTopics)
    .flatMap((topic) => Object.entries(topic))
    .map(([name, translate]) => [
      name,
      { name, translate: (args, call) => atomic(translate(args, call)) },
    ]),
);
