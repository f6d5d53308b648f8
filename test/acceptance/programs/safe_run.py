"""A wrapper as many programs have it: never two runs on a thread, a time limit, a cancel at its end."""
import re
import time

import openai
from openai import OpenAI

client = OpenAI()
ACTIVE = re.compile(r"Thread (thread_\w+) already has an active run (run_\w+)\.")
WORKING = ("queued", "in_progress", "cancelling")


def wait_for(thread_id, run_id, seconds):
    deadline = time.time() + seconds
    while True:
        run = client.beta.threads.runs.retrieve(thread_id=thread_id, run_id=run_id)
        if run.status not in WORKING or time.time() > deadline:
            return run
        time.sleep(0.2)


def safe_run(thread_id, assistant_id, seconds=20):
    while True:
        try:
            run = client.beta.threads.runs.create(thread_id=thread_id, assistant_id=assistant_id)
            break
        except openai.BadRequestError as error:
            match = ACTIVE.search(error.message)
            if match is None:
                raise
            assert match.group(1) == thread_id
            other = wait_for(thread_id, match.group(2), seconds)
            if other.status == "requires_action":
                client.beta.threads.runs.cancel(thread_id=thread_id, run_id=other.id)
                wait_for(thread_id, other.id, seconds)
    return wait_for(thread_id, run.id, seconds)


waiting_tool = {"type": "function", "function": {"name": "query_order", "parameters": {"type": "object", "properties": {}}}}
waits = client.beta.assistants.create(model="gpt-4o", tools=[waiting_tool])
answers = client.beta.assistants.create(model="gpt-4o")
thread = client.beta.threads.create(messages=[{"role": "user", "content": "Hello"}])

# A run that waits for somebody who does not come is in the way; the wrapper finds it by the error's text and cancels it.
stuck = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=waits.id, tool_choice="required")
assert wait_for(thread.id, stuck.id, 20).status == "requires_action"
try:
    client.beta.threads.messages.create(thread_id=thread.id, role="user", content="Still there?")
    raise AssertionError("a message was taken while a run is active")
except openai.BadRequestError as error:
    assert error.status_code == 400 and error.code is None and error.param is None
    assert f"Can't add messages to {thread.id} while a run {stuck.id} is active." in error.message, error.message

assert safe_run(thread.id, answers.id).status == "completed"
assert client.beta.threads.runs.retrieve(thread_id=thread.id, run_id=stuck.id).status == "cancelled"
for text in ("And now?", "Once more."):
    client.beta.threads.messages.create(thread_id=thread.id, role="user", content=text)
    assert safe_run(thread.id, answers.id).status == "completed"
roles = [message.role for message in client.beta.threads.messages.list(thread_id=thread.id, order="asc")]
assert roles == ["user", "assistant", "user", "assistant", "user", "assistant"], roles
print("ok")
