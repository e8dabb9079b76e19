import { textLengthMax, visible } from "../inspection/summary/safe-text.ts";

/** Markup that is known to be safe: made by `html` from literals and escaped values only. */
export interface Html {
  readonly markup: string;
}

export type HtmlValue = Html | string | number | null | false | readonly HtmlValue[];

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

const escapeText = (text: string): string =>
  text.replaceAll(/[&<>"'`]/g, (character) => entities[character] ?? "");

function render(value: HtmlValue): string {
  if (value === null || value === false) return "";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return escapeText(visible(value, textLengthMax));
  if ("markup" in value) return value.markup;
  return value.map(render).join("");
}

/** Template tag: literals are markup; every value is shown as text, also inside quoted attributes. */
export const html = (literals: TemplateStringsArray, ...values: HtmlValue[]): Html => ({
  markup: literals.reduce((text, literal, at) => text + render(values[at - 1] ?? null) + literal),
});

/** Our own constants (style sheet), unescaped. Never for anything from outside. */
export const trustedMarkup = (markup: string): Html => ({ markup });

/** JSON for a `<script>` block: no `<`, so nothing in it can end the block or open a comment. */
export const jsonForScript = (json: string): Html => ({
  markup: json.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  ),
});
