"""A tool in Python: a Temporal worker with one activity, named tool:<name of the tool>."""

import asyncio
import os

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker


@activity.defn(name="tool:count_words")
async def count_words(call: dict) -> str:
    # threadId, runId, callId, idempotencyKey and the arguments, which have been checked already.
    activity.heartbeat()
    words = call["arguments"]["text"].split()
    activity.logger.info("counted for %s", call["idempotencyKey"])
    # What is returned is the output that the model reads: a string.
    return f"{len(words)} words, counted in Python"


async def main() -> None:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"))
    worker = Worker(client, task_queue="python-tools", activities=[count_words])
    print("The Python worker polls python-tools.", flush=True)
    await worker.run()


asyncio.run(main())
