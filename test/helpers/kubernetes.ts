/** Whether a Kubernetes object is one: by the API's own schemas for its values, by its types for keys that are not there. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** An object as a file has it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string };
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const load = createRequire(import.meta.url);

/** The package that knows the kinds of an API group. */
function packageOf(apiVersion: string): string {
  return apiVersion.startsWith("keda.sh/") ? "@kubernetes-models/keda" : "kubernetes-models";
}

/** What is wrong with objects, a line each; empty where nothing is. Compiles once for all of them: some seconds. */
export function faultsOf(objects: readonly KubernetesObject[]): string[] {
  return [...objects.flatMap(faultsOfValues), ...faultsOfKeys(objects)];
}

function faultsOfValues(object: KubernetesObject): string[] {
  const { apiVersion, kind, metadata } = object;
  const name = `${kind} ${metadata?.name ?? ""}`;
  try {
    const models = load(`${packageOf(apiVersion)}/${apiVersion}`) as Record<
      string,
      new (data: object) => { validate(): void }
    >;
    const Model = models[kind];
    if (Model === undefined) return [`${name}: ${apiVersion} has no such kind`];
    new Model(object).validate();
    return [];
  } catch (error) {
    return [`${name}: ${(error as Error).message}`];
  }
}

/** The types refuse what the schemas let pass: a key that is not there. */
function faultsOfKeys(objects: readonly KubernetesObject[]): string[] {
  const file = `${root}test/helpers/kubernetes-objects.virtual.ts`;
  const text = objects
    .map(({ apiVersion, kind }, at) => {
      const from = `${packageOf(apiVersion)}/${apiVersion}`;
      const json = JSON.stringify(objects[at]);
      return `import type { I${kind} as T${at} } from "${from}"; export const o${at}: T${at} = ${json};`;
    })
    .join("\n");
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.readFile = (path) => (path === file ? text : readFile(path));
  host.getSourceFile = (path, ...rest) =>
    path === file ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2022) : getSourceFile(path, ...rest);
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file)!;
  return ts.getPreEmitDiagnostics(program, source).map(({ messageText, start = 0 }) => {
    const { kind, metadata } = objects[source.getLineAndCharacterOfPosition(start).line] ?? {};
    return `${kind ?? ""} ${metadata?.name ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}
