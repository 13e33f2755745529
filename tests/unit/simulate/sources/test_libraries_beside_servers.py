"""Libraries that end their own work on a signal, and no server beside it."""

from __future__ import annotations

import pytest
from launched import launched

from gracelint.diagnose.tell import tell

WORKER = """
const { Worker } = require('@temporalio/worker');
async function run() {
  const worker = await Worker.create({ taskQueue: 'jobs' });
  await worker.run();
}
run();
"""
SERVER = "const server = require('express')().listen(3000);\n"
CLOSED = "process.on('SIGTERM', () => { server.close(); });\n"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (WORKER, "graceful"),
        (SERVER + WORKER, "unknown"),
        (WORKER + SERVER, "unknown"),
        (SERVER + CLOSED + WORKER, "graceful"),
    ],
    ids=["alone", "beside", "before", "closed"],
)
def test_a_worker_of_temporal_closes_no_server(text: str, verdict: str) -> None:
    assert tell(launched(["node", "app.js"], {"app.js": text})).verdict == verdict
