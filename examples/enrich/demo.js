/** A failed check and a ticket in French, each with what was looked up elsewhere, reach the chat. `npm run demo:enrich` */
import { play } from "../stage.js";

const known = {
  number: 41,
  title: "total is not a function",
  state: "closed",
  html_url: "https://github.com/octo/shop/issues/41",
};
const english = { "Erreur 500": "Error 500", "Aucune commande ne passe.": "No order goes through." };

await play(import.meta.url, {
  apis: {
    // GitHub's search: finds the issue by the words of the error.
    GITHUB_API: ({ url }) => ({
      status: 200,
      body: { total_count: 1, items: url.searchParams.get("q")?.includes("total is not") ? [known] : [] },
    }),
    // DeepL.
    TRANSLATOR_API: ({ body }) => ({
      status: 200,
      body: {
        translations: body.text.map((text) => ({
          detected_source_language: "FR",
          text: english[text] ?? text,
        })),
      },
    }),
    CHAT_URL: () => ({ status: 200, body: "ok" }),
  },
  async run({ github, zendesk, arrivals }) {
    await github("check_run", {
      action: "completed",
      check_run: {
        name: "build",
        head_sha: "ce587453ced02b1526dfb4cb910479d431683101",
        conclusion: "failure",
        output: { title: "TypeError: total is not a function" },
      },
      repository: { full_name: "octo/shop" },
    });
    await arrivals("CHAT_URL", 1);
    await zendesk({ id: "5158", subject: "Erreur 500", description: "Aucune commande ne passe." });
    await arrivals("CHAT_URL", 2);
  },
});
