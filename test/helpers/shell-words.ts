/** The commands of a shell text as words: enough of a shell to read examples, and not to run them. */

/** Every command of a text, without assignments before it, redirections and comments; `&&`, `||`, `|`, `;` and `$(…)` separate. */
export function shellCommands(text: string): readonly (readonly string[])[] {
  return text
    .replace(/\\\n/g, " ")
    .split("\n")
    .flatMap(commandsOfLine)
    .map(withoutAssignments)
    .filter((words) => words.length > 0);
}

function commandsOfLine(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const [found, single, double, mark] of line.matchAll(
    /'([^']*)'|"([^"]*)"|(#.*$|&&|\|\||[|;])|\$\([^)]*\)|(?:[^\s'"|;&]|&(?!&))+(?:"[^"]*"|'[^']*')?/g,
  )) {
    if (mark?.startsWith("#") === true) break;
    if (mark !== undefined) commands.push([]);
    else commands.at(-1)!.push(single ?? double ?? found);
  }
  return commands;
}

function withoutAssignments(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  if (first === -1) return [];
  const kept: string[] = [];
  const rest = words.slice(first);
  for (let at = 0; at < rest.length; at++) {
    if (rest[at] === ">" || rest[at] === "<" || rest[at] === ">>") at++;
    else kept.push(rest[at]!);
  }
  return kept;
}
