"""A tutorial of November 2023, when the SDK spoke Assistants v1: create, ask, poll, submit, list."""
import os
import time

from openai import BadRequestError, OpenAI

# This version reads its key from the environment, but not yet its base URL.
client = OpenAI(base_url=os.environ["OPENAI_BASE_URL"])
assistant = client.beta.assistants.create(
    name="Support",
    instructions="You look orders up.",
    model="gpt-4-1106-preview",
    file_ids=[],
    tools=[
        {
            "type": "function",
            "function": {
                "name": "query_order",
                "description": "Look up an order",
                "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]},
            },
        }
    ],
)
KEYS = {"id", "object", "created_at", "name", "description", "model", "instructions", "tools", "file_ids", "metadata"}
assert set(assistant.model_dump()) == KEYS, assistant
assert assistant.file_ids == [], assistant

thread = client.beta.threads.create(messages=[{"role": "user", "content": "Hello", "file_ids": []}])
assert set(thread.model_dump()) == {"id", "object", "created_at", "metadata"}, thread
message = client.beta.threads.messages.create(thread_id=thread.id, role="user", content="Where is my order ORD001?", file_ids=[])
MESSAGE_KEYS = {"id", "object", "created_at", "thread_id", "role", "content", "file_ids", "assistant_id", "run_id", "metadata"}
assert set(message.model_dump()) == MESSAGE_KEYS and message.file_ids == [], message

run = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)
assert run.file_ids == [] and "truncation_strategy" not in run.model_dump(), run


def wait(run):
    while run.status in ("queued", "in_progress"):
        time.sleep(0.05)
        run = client.beta.threads.runs.retrieve(thread_id=thread.id, run_id=run.id)
    return run


run = wait(run)
assert run.status == "requires_action", run
calls = run.required_action.submit_tool_outputs.tool_calls
run = client.beta.threads.runs.submit_tool_outputs(
    thread_id=thread.id, run_id=run.id, tool_outputs=[{"tool_call_id": call.id, "output": "shipped"} for call in calls]
)
run = wait(run)
assert run.status == "completed", run

messages = client.beta.threads.messages.list(thread_id=thread.id)
assert "shipped" in messages.data[0].content[0].text.value, messages
assert all(set(one.model_dump()) == MESSAGE_KEYS for one in messages.data), messages
steps = client.beta.threads.runs.steps.list(thread_id=thread.id, run_id=run.id)
assert [step.type for step in steps.data] == ["message_creation", "tool_calls"], steps
assert client.beta.assistants.files.list(assistant_id=assistant.id).data == []
assert client.beta.threads.messages.files.list(thread_id=thread.id, message_id=message.id).data == []

# What is not built is refused by its name of that time.
for refused, param in (
    (lambda: client.beta.assistants.create(model="gpt-4", tools=[{"type": "retrieval"}]), "tools[0]"),
    (lambda: client.beta.assistants.create(model="gpt-4", file_ids=["file-1"]), "file_ids"),
    (
        lambda: client.beta.threads.create(messages=[{"role": "user", "content": "x", "file_ids": ["file-1"]}]),
        "messages[0].file_ids",
    ),
):
    try:
        refused()
        raise AssertionError(param)
    except BadRequestError as error:
        said = error.response.json()["error"]
        assert (said["code"], said["param"]) == ("unsupported_feature", param), error

assert assistant.id in [one.id for one in client.beta.assistants.list(limit=100)]
assert client.beta.assistants.update(assistant.id, name="New").name == "New"
assert client.beta.assistants.delete(assistant.id).deleted
print("ok")
