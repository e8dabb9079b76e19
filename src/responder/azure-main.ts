// Where Azure's host begins: the file that `npm run package:azure` bundles.
import { registerAzureFunction } from "./azure-function.ts";

registerAzureFunction();
