import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueries } from "./api/queries.ts";
import { App } from "./app.tsx";
import { applyTheme, keptTheme } from "./shell/theme.ts";
import "./style/base.css";
import { startWords } from "./words/words.ts";

applyTheme(keptTheme());
await startWords();
const place = document.getElementById("page");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={createQueries()}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
