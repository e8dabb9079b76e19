// How Monaco styles itself under a policy that takes no <style> elements and no style attributes in markup: it is
// built against these functions (scripts/web/monaco.mjs).

/** Stands where Monaco puts a <style> element; its text is a style sheet that the document has adopted. */
export function createAdoptedStyle(): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  let text = "";
  const content = {
    get: () => text,
    set: (css: string) => {
      text = css;
      sheet.replaceSync(css);
    },
  };
  // An element that shows nothing and may stand anywhere.
  const place = document.createElement("template");
  Object.defineProperties(place, {
    textContent: content,
    innerText: content,
    sheet: { value: sheet },
  });
  return place;
}

const styledTag = /<[a-z]+ [^<>]*>/g;
const styleAttribute = / style="/;
const waiting = "data-style";

/** Sets markup whose elements have style attributes, by way of the object model, which the policy allows. */
export function setHtml(element: Element, html: string | TrustedHtml): void {
  element.innerHTML = withoutStyles(String(html));
  applyStyles(element);
}

export function insertHtmlAfter(element: Element, html: string | TrustedHtml): void {
  element.insertAdjacentHTML("afterend", withoutStyles(String(html)));
  if (element.parentElement) applyStyles(element.parentElement);
}

/** Markup that a policy of trusted types let through. */
interface TrustedHtml {
  toString(): string;
}

/** In tags alone: text never has a "<" of its own. */
const withoutStyles = (html: string): string =>
  html.replaceAll(styledTag, (tag) => tag.replace(styleAttribute, ` ${waiting}="`));

function applyStyles(within: Element): void {
  for (const element of within.querySelectorAll<HTMLElement>(`[${waiting}]`)) {
    element.style.cssText = element.getAttribute(waiting) ?? "";
    element.removeAttribute(waiting);
  }
}
