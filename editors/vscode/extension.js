// Starts `gracelint server` and hands it the files that say how containers start and stop.
const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const LANGUAGES = ["dockerfile", "dockercompose", "yaml", "shellscript", "json", "jsonc", "toml"];

let client;

async function start() {
  const [command, ...args] = workspace.getConfiguration("gracelint").get("command");
  client = new LanguageClient(
    "gracelint",
    { command, args },
    { documentSelector: LANGUAGES.map((language) => ({ scheme: "file", language })) },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    window.showErrorMessage(
      `gracelint: ${command} cannot be started (${error.message}); install it with: ` +
        "pip install 'gracelint[lsp]', or name it in the setting gracelint.command",
    );
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.stop();
}

exports.activate = async (context) => {
  const restart = async () => {
    await stop();
    await start();
  };
  context.subscriptions.push(commands.registerCommand("gracelint.restart", restart));
  await start();
};

exports.deactivate = stop;
