// Makes Monaco and Microsoft's parser of KQL run under the page's policy, which lets no markup carry styles and
// no script be made of text: the places where they would are rewritten while the page is built.
import { join } from "node:path";
import { projectRoot } from "../setup/paths.mjs";

const helper = join(projectRoot, "src/web/pages/logs/editor/policy-styles.ts");
const packageFiles = ["/monaco-editor/esm/vs/", "/@kusto/monaco-kusto/release/esm/"];

/** What is rewritten in which file; the build fails when a newer version has other text there. */
const edits = {
  "base/browser/dom.js": [
    {
      from: `const style = document.createElement('style');
    style.type = 'text/css';
    style.media = 'screen';`,
      to: "const style = createAdoptedStyle();",
    },
  ],
  "editor/browser/view/viewLayer.js": [
    { from: "this.domNode.innerHTML = newLinesHTML;", to: "setHtml(this.domNode, newLinesHTML);" },
    {
      from: "lastChild.insertAdjacentHTML('afterend', newLinesHTML);",
      to: "insertHtmlAfter(lastChild, newLinesHTML);",
    },
    {
      from: "hugeDomNode.innerHTML = invalidLinesHTML;",
      to: "setHtml(hugeDomNode, invalidLinesHTML);",
    },
  ],
  "editor/browser/view/domLineBreaksComputer.js": [
    {
      from: "containerDomNode.innerHTML = trustedhtml;",
      to: "setHtml(containerDomNode, trustedhtml);",
    },
  ],
  "editor/contrib/stickyScroll/browser/stickyScrollWidget.js": [
    { from: "lineHTMLNode.innerHTML = newLine;", to: "setHtml(lineHTMLNode, newLine);" },
  ],
  "editor/contrib/inlineCompletions/browser/ghostTextWidget.js": [
    { from: "domNode.innerHTML = trustedhtml;", to: "setHtml(domNode, trustedhtml);" },
  ],
  "editor/standalone/browser/colorizer.js": [
    { from: "domNode.innerHTML = trustedhtml;", to: "setHtml(domNode, trustedhtml);" },
  ],
};

/** The page has colours of its own, and its control plane says what is wrong with a query: the same as when it runs. */
const languageEdits = {
  "languageFeatures.js": [{ from: "        injectCss();\n", to: "" }],
  "kustoMode.js": [
    {
      from: "disposables.push(new languageFeatures.DiagnosticsAdapter(monacoInstance, language, workerAccessor, defaults, onSchemaChange.event));",
      to: "",
    },
  ],
};

const allEdits = { ...edits, ...languageEdits };

export const monacoUnderPolicy = () => ({
  name: "nightcap:monaco",
  enforce: "pre",
  transform(code, id) {
    const path = id.split("?")[0];
    if (path.endsWith("/@kusto/language-service/bridge.min.js")) return asModule(code);
    const folder = packageFiles.find((each) => path.includes(each));
    const wanted = folder && allEdits[path.slice(path.indexOf(folder) + folder.length)];
    if (!wanted) return null;
    const edited = wanted.reduce((text, edit) => replaceOnce(text, edit, path), code);
    const helpers = "{ createAdoptedStyle, insertHtmlAfter, setHtml }";
    return { code: `import ${helpers} from ${JSON.stringify(helper)};\n${edited}`, map: null };
  },
});

function replaceOnce(text, { from, to }, path) {
  if (text.split(from).length !== 2) throw new Error(`${path} is not as expected: ${from}`);
  return text.replace(from, () => to);
}

/** A script that puts itself on `this`, which a module does not have. */
function asModule(code) {
  const end = "})(this)";
  if (code.split(end).length !== 2) throw new Error("the parser's runtime is not as expected");
  const nothing = "const module = undefined, define = undefined;\n";
  return {
    code: `${nothing}${code.replace(end, () => "})(globalThis)")}\nexport {};\n`,
    map: null,
  };
}
