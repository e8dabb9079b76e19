const containerPattern = /^\/subscriptions\/[^/]+(?:\/resourcegroups\/[^/]+)?\/?$/i;

/** A subscription or a group: a rule over it is about each machine in it. */
export const isContainer = (scope: string): boolean => containerPattern.test(scope);
