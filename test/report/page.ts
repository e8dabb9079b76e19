/** A tag as an HTML tokenizer sees it (HTML Living Standard, 13.2.5). */
interface Tag {
  name: string;
  attributes: Record<string, string>;
  /** How many `svg` elements are open around it. */
  depthOfSvg: number;
}

interface Page {
  tags: Tag[];
  /** Texts of h1, h2 and h3 in order. */
  headings: string[];
  json: string;
  /** End tags that close nothing, and elements that nothing closes. */
  unbalanced: string[];
}

const voidElements = new Set(["meta", "br"]);
const rawElements = new Set(["script", "style", "title"]);
const tagPattern = /^<(\/?)([a-zA-Z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/;
const attributePattern = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;

/** Reads a page as a browser's tokenizer does: raw text ends at the first end tag, `<!` begins markup. */
export function pageOf(html: string): Page {
  const page: Page = { tags: [], headings: [], json: "", unbalanced: [] };
  const open: string[] = [];
  let at = html.indexOf(">") + 1; // behind the doctype
  while (at < html.length) {
    const next = html.indexOf("<", at);
    if (next < 0) break;
    const found = tagPattern.exec(html.slice(next, next + 20_000));
    if (!found) {
      page.unbalanced.push(html.slice(next, next + 40));
      at = next + 1;
      continue;
    }
    at = next + found[0].length;
    const name = (found[2] ?? "").toLowerCase();
    if (found[1]) {
      if (open.pop() !== name) page.unbalanced.push(`/${name}`);
      continue;
    }
    const depthOfSvg = open.filter((one) => one === "svg").length;
    page.tags.push({ name, attributes: attributesOf(found[3] ?? ""), depthOfSvg });
    if (/^h[1-3]$/.test(name)) page.headings.push(textUntil(html, at, name));
    if (rawElements.has(name)) {
      const end = endOf(html, at, name);
      if (name === "script") page.json = html.slice(at, end);
      at = end;
    }
    const selfClosed = depthOfSvg > 0 && found[0].endsWith("/>");
    if (!voidElements.has(name) && !selfClosed) open.push(name);
  }
  page.unbalanced.push(...open);
  return page;
}

function attributesOf(text: string): Record<string, string> {
  const entries = Array.from(text.replace(/\/$/, "").matchAll(attributePattern), (match) => [
    (match[1] ?? "").toLowerCase(),
    match[2] ?? match[3] ?? match[4] ?? "",
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

const textUntil = (html: string, at: number, name: string): string =>
  html.slice(at, html.indexOf(`</${name}`, at)).trim();

/** Without lowering the whole page: some letters grow when lowered, and every position after them moves. */
function endOf(html: string, at: number, name: string): number {
  const found = html.slice(at).search(new RegExp(`</${name}`, "i"));
  return found < 0 ? html.length : at + found;
}
