const http = require("node:http");

const server = http.createServer((request, response) => {
  setTimeout(() => response.end("hello\n"), 300);
});

server.listen(8080);

process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
});
