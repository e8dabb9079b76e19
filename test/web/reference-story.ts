import { expect, test } from "vitest";
import { z } from "zod";
import { looseSchemas } from "../server/openapi/loose-schemas.ts";
import { keepPicture, seriousFaults } from "./browser-bed.ts";
import type { Story } from "./stories.ts";

interface Document {
  paths: Record<
    string,
    {
      get?: {
        parameters: { required: boolean }[];
        responses: Record<
          string,
          { content?: { "application/json"?: { schema: Parameters<typeof z.fromJSONSchema>[0] } } }
        >;
      };
    }
  >;
}

/** The reference is read, searched and asked; and what the control plane answers is what it says. */
export const referenceStory: Story = {
  title: "the API reference",
  tell(bed) {
    test("a route is found, and asked from the page", async () => {
      const page = await bed().openSignedIn();
      await page.getByRole("button", { name: "mara" }).click();
      await page.getByRole("menuitem", { name: "API reference" }).click();
      await page.getByRole("heading", { level: 1, name: "API reference" }).waitFor();
      await page.getByLabel("Find a route").fill("get users");
      await page.locator("summary").filter({ hasText: "People who sign in" }).press("Enter");
      await page.getByText("Nightcap/users/read").waitFor();
      await page.locator("dd", { hasText: "ExpiredAuthenticationToken" }).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole("button", { name: "Ask /nightcap/v1/users" }).press("Enter");
      await page.getByText('"name": "mara"').waitFor();
      await keepPicture(page, "reference");
      await page.setViewportSize({ width: 380, height: 780 });
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      expect(width).toBeLessThanOrEqual(380);
      await page.context().close();
    });

    test("what can be asked without more answers as the document says", async () => {
      const page = await bed().openSignedIn();
      const ask = async (path: string): Promise<{ status: number; body: unknown }> =>
        page.evaluate(async (where) => {
          const answer = await fetch(where);
          return { status: answer.status, body: await answer.json() };
        }, path);
      const { paths } = (await ask("/nightcap/v1/openapi.json")).body as Document;
      // What a PUT of Azure's API takes is Azure's to describe; a schema of JSON Schema has any form.
      const rules = "POST /nightcap/v1/alert-previews";
      const loose = looseSchemas({ paths } as never).filter(
        (place) => !place.startsWith("GET /nightcap/v1/openapi.json "),
      );
      expect(loose).toEqual([
        `${rules} properties *`,
        `${rules} *`,
        "POST /nightcap/v1/capture-previews properties *",
      ]);
      const found = Object.entries(paths).flatMap(([path, { get }]) => {
        const schema = get?.responses["200"]?.content?.["application/json"]?.schema;
        // Who had which capture is for auditors alone: an Owner is not one.
        if (path.startsWith("/nightcap/v1/evidence/log")) return [];
        const isAskable = !path.includes("{") && !get?.parameters.some((each) => each.required);
        return schema && isAskable ? [{ path, schema }] : [];
      });
      expect(found.length).toBeGreaterThan(15);
      for (const { path, schema } of found) {
        const { status, body } = await ask(path);
        const { error } = z.fromJSONSchema(schema).safeParse(body);
        expect({ path, status, issues: error?.issues ?? [] }).toEqual({
          path,
          status: 200,
          issues: [],
        });
      }
      await page.context().close();
    });
  },
};
