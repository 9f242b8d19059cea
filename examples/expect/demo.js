/** Two issues are closed; the test of one of them yields another output than was expected: it is opened again. `npm run demo:expect` */
import { play } from "../stage.js";

const repository = { name: "shop", full_name: "octo/shop", owner: { login: "octo" } };
const outputs = { 41: "4.20 EUR", 42: "4.2 EUR" };

await play(import.meta.url, {
  apis: {
    // The test runner: the output of 42 has lost a digit.
    TESTS_API: ({ body }) => ({
      status: 200,
      body: { test: `total-${body.issue}`, expected: "4.20 EUR", output: outputs[body.issue] },
    }),
    GITHUB_API: ({ body }) => ({ status: 200, body: { number: 42, state: body.state } }),
  },
  async run({ github, arrivals }) {
    for (const number of [41, 42]) {
      const issue = {
        number,
        title: "The total is rounded",
        body: "It says 4.2 EUR.",
        state_reason: "completed",
      };
      await github("issues", { action: "closed", issue, repository });
      await arrivals("TESTS_API", number - 40);
    }
    await arrivals("GITHUB_API", 1);
  },
});
