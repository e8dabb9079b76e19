/** The last part of a resource's id. */
export const nameOf = (id: string): string => id.split("/").at(-1) ?? id;

/** Names of what a rule is about; a group and a subscription by what they are. */
export const targetNames = (scopes: readonly string[]): string => scopes.map(nameOf).join(", ");

/** `Sev2` is 2. */
export const severityOf = (text: string): number => Number(text.replace(/\D/g, ""));
