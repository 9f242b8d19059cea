/** The files of a workspace that begins: one source, route, rule with its case, schema and target. They check without a remark. */

const schemaLine = (format: string): string =>
  `# yaml-language-server: $schema=../docs/schemas/${format}.schema.json\n`;

/** Texts by path; `secret` is what GitHub and the router will share. */
export function firstFiles(secret: string): Readonly<Record<string, string>> {
  return {
    ".env": `# What the \${NAME}s of sources and targets stand for. Not for git; the environment goes first.
GITHUB_WEBHOOK_SECRET=${secret}
# \`signalbox dev --demo\` listens here. Put a real URL in its place.
DEMO_TARGET=http://127.0.0.1:8082
`,
    ".gitignore": ".env\ndata/\nnode_modules/\n",
    "sources/github.yaml": `${schemaLine("source")}# Who calls us, and how we know it is really them. GitHub: Settings → Webhooks → https://<you>/hooks/github, application/json.
provider: github
secrets: ["\${GITHUB_WEBHOOK_SECRET}"]
`,
    "routes/push-to-note.yaml": `${schemaLine("route")}# Which events go where.
source: github
on: [push]
when: $contains(ref, /^refs\\/heads\\//) and $not(deleted)
transform: push-to-note
target: notes
`,
    "transforms/push-to-note.jsonata": `/* What GitHub sent becomes a note: $ is the body, $event the rest of the event. */
{
  "title": pusher.name & " pushed to " & repository.full_name & ":" & $substringAfter(ref, "refs/heads/"),
  "lines": [commits.($substring(id, 0, 7) & " " & $split(message, "\\n")[0])]
}
`,
    "transforms/push-to-note.yaml": `${schemaLine("transform")}output: note
cases:
  - name: one commit, its first line only
    given:
      ref: refs/heads/main
      deleted: false
      pusher: { name: octocat }
      repository: { full_name: octocat/hello }
      commits:
        - { id: 1197955e4244c18bdb9b375076bcb6ca05414672, message: "Say hello\\n\\nAs asked for." }
    expect:
      title: octocat pushed to octocat/hello:main
      lines: [1197955 Say hello]

  - name: a tag is not for the notes
    given: { ref: refs/tags/v1, deleted: false, commits: [] }
    filtered: true
`,
    "targets/notes.yaml": `${schemaLine("target")}# An API that we call.
url: \${DEMO_TARGET}/notes
timeoutSeconds: 5
retry: { attempts: 5, firstDelaySeconds: 2 }
`,
    "schemas/note.json": `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "What the notes API takes; a result that does not fit is never sent",
  "type": "object",
  "additionalProperties": false,
  "required": ["title", "lines"],
  "properties": {
    "title": { "type": "string" },
    "lines": { "type": "array", "items": { "type": "string" } }
  }
}
`,
  };
}
