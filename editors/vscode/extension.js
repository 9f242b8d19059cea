// Starts `signalbox lsp` for the folder that is open, and hands it the workspace's files.
"use strict";
const { workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

/** The files that the server knows, by their folders. */
const documentSelector = [
  { scheme: "file", language: "jsonata" },
  { scheme: "file", pattern: "**/{sources,routes,transforms,targets}/*.{yaml,yml}" },
  { scheme: "file", pattern: "**/schemas/*.json" },
];

exports.activate = async function activate() {
  const [command, ...args] = workspace.getConfiguration("signalbox").get("command");
  const cwd = workspace.workspaceFolders?.[0]?.uri.fsPath;
  const server = { command, args, options: { cwd }, transport: TransportKind.stdio };
  client = new LanguageClient("signalbox", "Signalbox", server, { documentSelector });
  await client.start();
};

exports.deactivate = function deactivate() {
  return client?.stop();
};
