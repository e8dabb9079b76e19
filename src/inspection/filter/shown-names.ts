/** Names of layers that dissectors show besides the names of registered protocols. */
export const shownNames: readonly string[] = ["_ws.malformed", "_ws.short", "data", "llc"];
