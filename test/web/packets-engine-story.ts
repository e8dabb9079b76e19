// Files as people have them, in the browser: compressed, and broken off; what a filter finds is what the command line finds.
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { compileFilter } from "../../src/inspection/filter/filter.ts";
import { countPackets } from "../../src/inspection/packets.ts";
import type { Story } from "./stories.ts";

const path = resolve("test/fixtures/captures/http-dns.pcapng");
const filter = "tcp.analysis.initial_rtt && !http";

export const packetsEngineStory: Story = {
  title: "packets of files as people have them",
  tell(bed) {
    test("compressed and broken off, with the network off, and counted as on the command line", async () => {
      const bytes = await readFile(path);
      const compressed = join(bed().state, "whole.pcapng.gz");
      const broken = join(bed().state, "broken.pcapng");
      await writeFile(compressed, gzipSync(bytes));
      await writeFile(broken, bytes.subarray(0, bytes.length - 300));
      const page = await bed().openSignedIn("inspect?tab=packets");
      await page.getByText("Ready: no network is needed").waitFor();
      await page.context().setOffline(true);
      const counts: number[] = [];
      for (const dropped of [compressed, broken]) {
        await page.locator("input[type=file]").setInputFiles(dropped);
        await page.getByRole("tab", { name: "Packets", exact: true }).click();
        const box = page.getByRole("combobox", { name: "Display filter" });
        await box.fill(filter);
        await box.press("Enter");
        // As `nightcap packets --count` does.
        const [count = 0] = await countPackets(
          () => createReadStream(dropped),
          [compileFilter(filter)],
        );
        counts.push(count);
        await page.getByText(new RegExp(`^${count} of \\d+ packets`)).waitFor();
      }
      expect(Math.min(...counts)).toBeGreaterThan(0);
      await page
        .getByText(/the file ends inside a record/)
        .first()
        .waitFor();
      await page.context().setOffline(false);
      await page.context().close();
      bed().problems.length = 0; // events were not to be had meanwhile
    });
  },
};
