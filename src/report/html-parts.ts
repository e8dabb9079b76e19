import { textLengthMax } from "../inspection/summary/safe-text.ts";
import { html, type Html } from "./html-escape.ts";
import {
  exactBytes,
  formatBytes,
  formatCount,
  formatInstant,
} from "../inspection/summary/units.ts";

/** `12.3 MB` with the exact figure in the title. */
export const bytesHtml = (bytes: number): Html =>
  html`<span title="${exactBytes(bytes)}">${formatBytes(bytes)}</span>`;

/** An ISO 8601 instant for people, exact in the title; whatever else was given, as it is. */
export function instantHtml(iso: string): Html {
  const shown = formatInstant(iso);
  return shown === null
    ? html`<span>${iso}</span>`
    : html`<time datetime="${iso}" title="${iso}">${shown}</time>`;
}

/** An address or a name, kept apart from the direction of the text around it. */
export const nameHtml = (name: string): Html => html`<bdi class="mono">${name}</bdi>`;

export const moreHtml = (omitted: number, what: string): Html | null =>
  omitted > 0 ? html`<p class="more">and ${formatCount(omitted)} more ${what}</p>` : null;

/** A share of a whole as CSS and SVG write it, without rounding a sliver to nothing. */
export const percent = (share: number): string =>
  `${Number((100 * Math.min(1, Math.max(0, share))).toFixed(3))}%`;

/** A thin bar; it repeats what the row says in numbers, so assistive tools skip it. */
export const barHtml = (share: number, layer: string): Html =>
  html`<svg width="100%" height="5" aria-hidden="true">
    <rect class="f-line" width="100%" height="5" rx="2.5" />
    <rect class="b-${layer}" width="${percent(share)}" height="5" rx="2.5" />
  </svg>`;

/** A sentence in which no line ends between a number and its unit. */
export const keepUnits = (sentence: string): string =>
  sentence.replaceAll(/(\d) (?=(?:[kMGTPE]?B|[nµm]?s|min|h|d)\b|%)/g, "$1\u00a0");

/** A paragraph in pieces, each short enough to be shown whole. */
export function sentencesHtml(paragraph: string): Html[] {
  const pieces = paragraph.match(new RegExp(`.{1,${textLengthMax - 100}}(?:\\s|$)`, "gsu")) ?? [
    paragraph,
  ];
  return pieces.map((piece) => html`${keepUnits(piece)}`);
}
