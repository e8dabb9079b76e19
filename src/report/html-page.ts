import { html } from "./html-escape.ts";

/** No script runs and nothing is fetched, whatever gets past the escaping. */
export const contentSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** What each page begins with. */
export const moon = html`<svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
  <path
    class="f-out"
    d="M14.8 15.9A8.3 8.3 0 0 1 8 3.1a8.6 8.6 0 1 0 10.6 11.2 8.2 8.2 0 0 1-3.8 1.6z"
  />
  <circle class="f-out" cx="15.6" cy="6.2" r="1.5" />
</svg>`;
