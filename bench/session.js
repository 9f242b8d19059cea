/** A person who is logged in at a router's operator's side: its first admin, made by the setup link. */

const PASSWORD = "a password of the bench alone";

/** The cookie of a session. @param {{ admin: string, setup: string }} open */
export async function logIn({ admin, setup }) {
  const { fetch } = globalThis;
  const token = new URL(setup).hash.slice(1);
  const answer = await fetch(`${admin}/api/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, name: "bench", password: PASSWORD }),
  });
  const [cookie = ""] = (answer.headers.get("set-cookie") ?? "").split(";", 1);
  if (answer.status !== 204 || cookie === "") throw new Error(`The setup link answered ${answer.status}.`);
  return cookie;
}
