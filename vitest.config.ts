import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // One module graph for each worker: tests share no global state, so isolation only costs time.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
