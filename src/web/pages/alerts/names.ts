/** The last part of a resource's id. */
export const nameOf = (id: string): string => id.split("/").at(-1) ?? id;

const subscriptionPattern = /^\/subscriptions\/[^/]+\/?$/i;

/** The name of what a rule is about; of a whole subscription, whose name says nothing, the given words. */
export const targetName = (scope: string, everything: string): string =>
  subscriptionPattern.test(scope) ? everything : nameOf(scope);

export const targetNames = (scopes: readonly string[], everything: string): string =>
  scopes.map((scope) => targetName(scope, everything)).join(", ");

/** `Sev2` is 2. */
export const severityOf = (text: string): number => Number(text.replace(/\D/g, ""));
